set -euo pipefail
cd crates/server
echo "== toolchain"
rustc --version && cargo --version
if [ ! -f Cargo.lock ]; then
  cargo generate-lockfile
fi
export RUST_LOG=info
for feature in default tls metrics; do
  echo "-- $feature"
  cargo build --quiet --features "$feature" 2>&1 | tail -5
done
cargo test --quiet 2>&1 | tail -20
cat > /tmp/request.json <<'END'
{
  "name": "alpha",
  "items": [1, 2, 3],
  "note": "rm -rf is only text here"
}
END
python3 - <<'END'
import json
with open("/tmp/request.json") as source:
    data = json.load(source)
print(len(data["items"]))
END
git status --short | head -20
git diff --stat HEAD~1
changed=$(git diff --name-only HEAD~1 | grep '\.rs$' || true)
if [ -n "$changed" ]; then
  echo "$changed" | xargs wc -l
  cargo fmt --check
fi
find . -name '*.snap.new' -not -path './target/*' | sort
grep -rn "TODO" src --include=*.rs | wc -l
curl -sS -m 5 http://localhost:8080/health | jq -r .status || echo "not running"
case "$(uname -s)" in
  Linux) ldd target/debug/server | head -3 ;;
  Darwin) otool -L target/debug/server ;;
esac
rm -f /tmp/request.json
git add -A src
git commit -q -m "server: read limits from the file" || true
git log --oneline -3
docker compose ps
ls -la target/debug | head
echo done
