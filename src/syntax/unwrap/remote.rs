//! Programs that run a command on another machine, in a cluster or in a virtual machine.

use super::engine::{self, Form, Table, Wrapper};
use super::options::{Opt, walk};
use super::words::{as_text, join, span_of, strip_front};
use super::{Cx, Dialect, Inner, Step};
use crate::syntax::{Arg, Span, Value};

const KUBECTL: &str = "n,namespace= context= kubeconfig= cluster= s,server= user= token= as= as-group= as-uid= \
        cache-dir= \
    request-timeout= v,v= certificate-authority= client-certificate= client-key= tls-server-name= \
    insecure-skip-tls-verify c,container= f,filename= i,stdin t,tty q,quiet pod-running-timeout= image= \
    image-pull-policy= restart= rm attach l,labels= env= port= overrides= override-type= dry-run? o,output= profile= \
    custom= copy-to= target= share-processes same-node replace set-image= arguments-only annotations= \
    field-manager= grace-period= timeout= command privileged leave-stdin-open wait T no-tty shell= as-root as-user= \
    node-name= to-namespace= preserve-pod keep-annotations keep-labels";

/// What a table describes. Tools that mount the caller's folders (singularity, distrobox, wsl) run here.
static TABLE: Table = Table::of(&[
    Wrapper::of(&["kubectl", "oc", "kubecolor", "k"], KUBECTL)
        .sub("exec|run|debug|rsh")
        .skip(1)
        .form(Form::Dashes)
        .vars("env")
        .remote("kubernetes", ""),
    Wrapper::of(&["crictl"], "i t s r= timeout= runtime-endpoint= c= D").sub("exec").skip(1).remote("docker", ""),
    Wrapper::of(&["ctr"], "n,namespace= a,address= exec-id= cwd= t,tty d,detach user= fifo-dir= log-uri=")
        .sub("t|task|tasks exec")
        .skip(1)
        .remote("docker", ""),
    Wrapper::of(&["runc", "crun"], "root= log= e,env= cwd= t,tty d,detach u,user= p,process= cap= pid-file=")
        .sub("exec")
        .skip(1)
        .remote("docker", ""),
    Wrapper::of(
        &["lxc", "incus"],
        "T,force-noninteractive t,force-interactive n,disable-stdin cwd= env= group= \
        user= mode= project=",
    )
    .sub("exec")
    .skip(1)
    .vars("env")
    .remote("lxc", ""),
    Wrapper::of(
        &["lxc-attach"],
        "n,name= e? s= a= v= keep-env clear-env L= P= u= g= R \
        c=",
    )
    .remote("lxc", "n")
    .shell(),
    Wrapper::of(&["lxc-execute"], "n,name= f= s= d F").remote("lxc", "n"),
    Wrapper::of(&["pct"], "keep-env=").sub("exec").skip(1).remote("lxc", ""),
    Wrapper::of(&["qm"], "pass-stdin= synchronous= timeout=").sub("guest exec").skip(1).remote("vm", ""),
    Wrapper::of(&["machinectl"], "E,setenv= uid= M= H= q").sub("shell").skip(1).remote("machine", "").shell(),
    Wrapper::of(
        &["multipass"],
        "d,working-directory= n,no-map-working-directory \
        v",
    )
    .sub("exec")
    .skip(1)
    .remote("multipass", ""),
    Wrapper::of(
        &["limactl"],
        "shell= workdir= preserve-env log-level= \
        debug",
    )
    .sub("shell")
    .skip(1)
    .remote("lima", ""),
    Wrapper::of(&["lima"], "").remote("lima", ""),
    Wrapper::of(&["minikube"], "p,profile= n,node= native-ssh").sub("ssh").form(Form::Joined).remote("minikube", "p"),
    Wrapper::of(&["colima"], "p,profile= layer=").sub("ssh").form(Form::Joined).remote("colima", "p"),
    Wrapper::of(
        &["docker-machine"],
        "s,storage-path= native-ssh \
        D",
    )
    .sub("ssh")
    .skip(1)
    .form(Form::Joined)
    .remote("ssh", ""),
    Wrapper::of(&["heroku"], "a,app= r,remote= s,size= x,exit-code no-tty e,env= type= no-launcher d")
        .sub("run|run:detached|run:inside|ps:exec")
        .form(Form::Joined)
        .remote("heroku", "a"),
    Wrapper::of(&["nomad"], "-task= -job -i= -t= -e= -namespace= -address= -region= task= job")
        .sub("alloc exec")
        .skip(1)
        .remote("nomad", ""),
    Wrapper::of(&["devcontainer"], "workspace-folder= container-id= config= remote-env= id-label= docker-path=")
        .sub("exec")
        .remote("docker", "container-id"),
    Wrapper::of(
        &["adb"],
        "s= H= P= L= d e a t= n T \
        x",
    )
    .sub("shell|exec-out|exec-in")
    .form(Form::Joined)
    .remote("adb", "s"),
    Wrapper::of(
        &["railway"],
        "s,service= e,environment= p,project= d,deployment-instance= \
        session?",
    )
    .sub("ssh")
    .form(Form::Joined)
    .remote("railway", "s"),
    Wrapper::of(&["tsh"], "l,login= p,port= proxy= user= cluster= A L= D= R= t,tty N k i,identity= x X o,option=")
        .sub("ssh")
        .skip(1)
        .form(Form::Joined)
        .remote("ssh", ""),
    Wrapper::of(&["pdsh", "dsh", "clush"], "w= x= g= a R= l= t= u= f= N b S L v B q m,machine= M c o,options= X= n Q")
        .form(Form::Joined)
        .remote("ssh", "w m"),
    Wrapper::of(
        &["pssh", "parallel-ssh"],
        "h,hosts= H,host= l,user= p,par= o,outdir= e,errdir= t,timeout= \
        O,option= v A i,inline x,extra-args= X= P,print",
    )
    .form(Form::Joined)
    .remote("ssh", "H h"),
    Wrapper::of(
        &["dcli", "onall", "rexec", "rsh", "remsh", "dbclient"],
        "l= n p= i= t T y A K= I= L= R= J= c= \
        m= s o=",
    )
    .skip(1)
    .form(Form::Joined)
    .remote("ssh", ""),
    Wrapper::of(&["sshpass"], "p= f= d= e? P= v h V"),
    Wrapper::of(
        &["singularity", "apptainer"],
        "B,bind= C,containall e,cleanenv H,home= pwd= nv rocm W,workdir= \
        S,scratch= env= \
        env-file= f,fakeroot c,contain overlay= w,writable i p u no-home writable-tmpfs no-mount= security= \
        d,debug q,quiet s,silent v,verbose",
    )
    .sub("exec")
    .skip(1)
    .chdir("pwd"),
    Wrapper::of(
        &["distrobox"],
        "n,name= r,root T,no-tty nw,no-workdir a,additional-flags= e \
        v",
    )
    .sub("enter")
    .also(|_| true)
    .form(Form::Dashes),
    Wrapper::of(
        &["distrobox-enter"],
        "n,name= r,root T,no-tty nw,no-workdir a,additional-flags= \
        v",
    )
    .also(|_| true)
    .form(Form::Dashes),
    Wrapper::of(&["toolbox"], "c,container= d,distro= r,release= v y").sub("run"),
    Wrapper::of(
        &["flatpak-spawn"],
        "host clear-env watch-bus env= directory= latest-version no-network sandbox \
        forward-fd= unset-env= v",
    )
    .vars("env")
    .chdir("directory"),
    Wrapper::of(
        &["wsl"],
        "d,distribution= u,user= cd= e,exec shell-type= system l,list shutdown t,terminate= \
        install update status version",
    )
    .inert("l shutdown t install update status version")
    .chdir("cd"),
    Wrapper::of(
        &["srun"],
        "A= B= c= C= d= D= e= E= G= i= J= K l m= M= n= N= o= O p= q= Q r= s S= t= T= u w= W= \
        x= X account= \
        chdir= cpus-per-task= constraint= gres= gpus= gpus-per-node= job-name= mem= mem-per-cpu= nodes= ntasks= \
        ntasks-per-node= output= error= partition= qos= time= nodelist= exclude= reservation= jobid= pty \
        overlap exclusive label",
    ),
    Wrapper::of(
        &["salloc"],
        "A= c= C= G= J= n= N= p= q= t= w= x= account= cpus-per-task= gres= gpus= mem= \
        nodes= ntasks= partition= qos= time=",
    ),
    Wrapper::of(
        &["mpirun", "mpiexec", "orterun"],
        "n,-np,np,-n,c= H,-host,host= \
        -hostfile,hostfile,-machinefile= x= -x= -mca,mca== -gmca== -map-by,map-by= \
        -bind-to,bind-to= -wdir,wdir= -ppn= -genv== oversubscribe -allow-run-as-root allow-run-as-root \
        -report-bindings -tag-output",
    ),
]);

pub(super) fn steps(cx: &Cx<'_>) -> Option<Vec<Step>> {
    Some(match cx.name {
        "ssh" | "slogin" | "autossh" => ssh(cx),
        "scp" | "sftp" => {
            let found = walk(cx.args(), 0, "c= D= F= i= J= l= o= P= S= X= B= b= R= s=");
            let mut steps = options(cx, &found.opts);
            steps.extend(super::escapes::steps(cx).unwrap_or_default());
            steps
        }
        "mosh" | "et" => mosh(cx),
        "microk8s" | "k3s" | "k0s" => bundled(cx),
        "minikube" if cx.args().first().is_some_and(|arg| arg.value.is("kubectl")) => bundled(cx),
        "kubectl" | "oc" | "kubecolor" | "k" => return kubectl(cx),
        "gcloud" | "aws" | "az" | "flyctl" | "fly" | "vagrant" | "doctl" | "cf" | "oci" | "sbatch" => scattered(cx),
        "ansible" => ansible(cx),
        "salt" | "salt-ssh" | "salt-call" => salt(cx),
        "fab" => fab(cx),
        _ => return engine::steps(cx, &TABLE),
    })
}

/// The name of the machine, without user and port.
fn host_of(place: &Value) -> String {
    let text = place.text();
    let bare = text.strip_prefix("ssh://").unwrap_or(&text);
    let bare = bare.rsplit_once('@').map_or(bare, |(_, host)| host);
    bare.split(['/', ':']).next().filter(|host| !host.is_empty()).unwrap_or(bare).to_owned()
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.starts_with("127.") || host == "0.0.0.0" || host == "ip6-localhost"
}

fn ssh(cx: &Cx<'_>) -> Vec<Step> {
    const OPTS: &str = "4 6 A a B= b= C c= D= E= e= F= f G g I= i= J= K k L= l= M= m= N n O= o= P= p= Q= q R= \
        S= s T t V v W= w= X x Y y";
    let args = cx.args();
    let mut found = walk(args, 0, OPTS);
    let mut steps = options(cx, &found.opts);
    let Some(place) = args.get(found.next) else { return steps };
    let behind = walk(args, found.next + 1, OPTS);
    steps.extend(options(cx, &behind.opts));
    found.opts.extend(behind.opts);
    if found.has("G N O Q V W s") {
        return steps;
    }
    let rest = args.get(behind.next..).unwrap_or_default();
    let host = host_of(&place.value);
    let inner = if !rest.is_empty() {
        Inner::Shell { text: join(rest), span: span_of(rest, cx.inv.span), params: Vec::new(), dialect: Dialect::Bash }
    } else if cx.is_fed() && !found.has("n f") {
        Inner::ShellStdin(Dialect::Bash)
    } else {
        return steps;
    };
    let mut step = Step::new(format!("ssh {host}"), inner);
    if is_here(&host) {
        step.chdir = Some(Value::lit(cx.world.home()));
    } else {
        step.remote = Some(format!("ssh:{host}"));
    }
    steps.push(step);
    steps
}

/// Options that hold a command for this machine: `-o ProxyCommand=…`, `scp -S prog`.
fn options(cx: &Cx<'_>, opts: &[Opt]) -> Vec<Step> {
    let mut steps = Vec::new();
    for opt in opts {
        let Some(given) = &opt.value else { continue };
        if opt.name == "S" && cx.name != "ssh" || opt.name == "D" && cx.name == "sftp" {
            steps.extend(cx.hook(format!("{} -{}", cx.name, opt.name), given, opt.span));
        }
        if opt.name != "o" {
            continue;
        }
        let front = given.prefix();
        let key: String = front.chars().take_while(char::is_ascii_alphanumeric).collect();
        let runs = ["ProxyCommand", "LocalCommand", "KnownHostsCommand"];
        if !runs.iter().any(|name| name.eq_ignore_ascii_case(&key)) {
            continue;
        }
        let text = front.get(key.len()..).unwrap_or("");
        let blank = text.len() - text.trim_start_matches([' ', '=', '"']).len();
        let text = super::words::without_front(given, key.len() + blank);
        if !text.is("none") {
            steps.extend(cx.hook(format!("{} -o {key}", cx.name), &text, opt.span));
        }
    }
    steps
}

/// `mosh [options] host [--] cmd`; `et host -c cmd`.
fn mosh(cx: &Cx<'_>) -> Vec<Step> {
    let opts =
        "client= server= predict= p,port= a n ssh= family= 4 6 local no-init no-ssh-pty c,command= u= t= r= x N e";
    let table = Wrapper::of(&[], opts).skip(1).remote("ssh", "").text("c");
    let Some(reading) = engine::read(cx.args(), &table) else { return Vec::new() };
    let mut steps: Vec<Step> = reading
        .opts
        .iter()
        .filter(|opt| opt.name == "ssh")
        .filter_map(|opt| Some(Cx::shell("mosh --ssh", opt.value.as_ref()?, opt.span)))
        .collect();
    steps.extend(engine::run(cx, &table, &reading).into_iter().map(|step| {
        let host = reading.operands.first().map(|arg| host_of(&arg.value)).unwrap_or_default();
        Step { remote: Some(format!("ssh:{host}")), ..step }
    }));
    steps
}

/// `fab -H web1,web2 -- cmd`; tasks of a fabfile are not read.
fn fab(cx: &Cx<'_>) -> Vec<Step> {
    let args = cx.args();
    let Some(end) = args.iter().position(|arg| arg.value.is("--")) else { return Vec::new() };
    let rest = args.get(end + 1..).unwrap_or_default();
    let found =
        walk(args, 0, "H,hosts= i,identity= c,collection= r,search-root= f,config= t,connect-timeout= S,ssh-config=");
    let hosts = found.value("H").map_or_else(|| "hosts".to_owned(), |hosts| hosts.text().into_owned());
    let mut step = Cx::shell("fab", &join(rest), span_of(rest, cx.inv.span));
    step.remote = Some(format!("ssh:{hosts}"));
    if rest.is_empty() { Vec::new() } else { vec![step] }
}

/// `k3s kubectl …`: the tool's words as they stand.
fn bundled(cx: &Cx<'_>) -> Vec<Step> {
    let mut words = cx.args().to_vec();
    if words.get(1).is_some_and(|arg| arg.value.is("--")) {
        words.remove(1);
    }
    let known = words.first().is_some_and(|arg| ["kubectl", "ctr", "crictl"].iter().any(|tool| arg.value.is(tool)));
    if known { Cx::words(cx.name, &words).into_iter().collect() } else { Vec::new() }
}

/// `kubectl exec`: where the pod may have been options, the words are read both ways.
fn kubectl(cx: &Cx<'_>) -> Option<Vec<Step>> {
    let table = TABLE.rows.first()?;
    let reading = engine::read(cx.args(), table)?;
    let mut steps = engine::run(cx, table, &reading);
    if let Some(other) = engine::other_reading(&reading) {
        steps.extend(engine::run(cx, table, &other));
    }
    let verb = cx
        .args()
        .iter()
        .find_map(|arg| arg.value.literal().filter(|word| ["exec", "run", "debug", "rsh"].contains(word)));
    for step in &mut steps {
        step.label = step.label.replacen("exec", verb.unwrap_or("exec"), 1);
    }
    Some(steps)
}

/// Tools of clouds, whose options stand anywhere: which words select the command, which option holds it, which kind.
const SCATTERED: &[(&str, &[&str], &[&str], &str)] = &[
    ("gcloud", &["ssh"], &["--command"], "gcloud"),
    ("aws", &["ecs", "execute-command"], &["--command"], "ecs"),
    ("aws", &["ssm"], &["--parameters"], "ssm"),
    ("az", &["run-command"], &["--scripts"], "azure"),
    ("az", &["exec"], &["--exec-command", "--command"], "azure"),
    ("az", &["ssh", "vm"], &[], "azure"),
    ("flyctl", &["ssh", "console"], &["-C", "--command"], "fly"),
    ("fly", &["ssh", "console"], &["-C", "--command"], "fly"),
    ("vagrant", &["ssh"], &["-c", "--command"], "vagrant"),
    ("doctl", &["ssh"], &["--ssh-command"], "ssh"),
    ("cf", &["ssh"], &["-c", "--command"], "cf"),
    ("oci", &["instance-agent", "command", "create"], &["--content"], "oci"),
    ("sbatch", &[], &["--wrap"], ""),
];

fn scattered(cx: &Cx<'_>) -> Vec<Step> {
    let args = cx.args();
    let dashes = args.iter().position(|arg| arg.value.is("--")).unwrap_or(args.len());
    let (options, behind) = args.split_at_checked(dashes).unwrap_or((args, &[]));
    let mut steps = Vec::new();
    for (_, words, names, kind) in SCATTERED.iter().filter(|entry| entry.0 == cx.name) {
        if !words.iter().all(|word| options.iter().any(|arg| arg.value.is(word))) {
            continue;
        }
        let mut texts: Vec<(Value, Span)> =
            names.iter().flat_map(|name| values(options, name, *kind == "azure")).collect();
        if *kind == "ssm" {
            texts = texts.into_iter().filter_map(|(text, span)| Some((ssm(&text)?, span))).collect();
        }
        if let Some(rest) = behind.get(1..).filter(|rest| !rest.is_empty()) {
            texts.push((join(rest), span_of(rest, cx.inv.span)));
        }
        for (text, span) in texts {
            let mut step = Cx::shell(format!("{} {}", cx.name, words.join(" ")).trim_end(), &text, span);
            let name = words.last().and_then(|last| {
                let at = options.iter().position(|arg| arg.value.is(last))?;
                options.get(at + 1).filter(|arg| !arg.value.prefix().starts_with('-'))
            });
            step.remote = match (kind, name) {
                (&"", _) => None,
                (kind, Some(name)) => Some(format!("{kind}:{}", host_of(&name.value))),
                (kind, None) => Some((*kind).to_owned()),
            };
            steps.push(step);
        }
    }
    if cx.name == "sbatch" && steps.is_empty() {
        let found = walk(args, 0, "A= a= c= C= d= D= e= G= J= n= N= o= p= q= t= w= x= parsable test-only W");
        if let Some((file, params)) = args.get(found.next..).and_then(<[Arg]>::split_first) {
            let (path, span, params) = (file.value.clone(), file.span, params.to_vec());
            steps.push(Step::new("sbatch", Inner::ShellFile { path, span, params, dialect: Dialect::Bash }));
        }
    }
    steps
}

/// The values of an option that may stand anywhere; `many` takes all words up to the next option.
fn values(args: &[Arg], name: &str, many: bool) -> Vec<(Value, Span)> {
    let mut found = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        if let Some(value) = strip_front(&arg.value, name).and_then(|rest| strip_front(&rest, "=")) {
            found.push((value, arg.span));
        } else if arg.value.is(name) {
            let behind = args.iter().skip(index + 1).take(if many { usize::MAX } else { 1 });
            found.extend(
                behind
                    .take_while(|arg| !many || !arg.value.prefix().starts_with('-'))
                    .map(|arg| (as_text(&arg.value), arg.span)),
            );
        }
    }
    found
}

/// The commands in `--parameters`: `commands=…`, a JSON list, or a JSON object that holds one.
fn ssm(given: &Value) -> Option<Value> {
    let lines = |json: &serde_json::Value| {
        let list = json.as_array()?.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>();
        Some(Value::lit(list.join("\n")))
    };
    if let Some(rest) = strip_front(given, "commands=").or_else(|| strip_front(given, "command=")) {
        let parsed = rest.literal().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
        return parsed.as_ref().and_then(lines).or(Some(rest));
    }
    let parsed = serde_json::from_str::<serde_json::Value>(given.literal()?).ok()?;
    parsed.get("commands").or_else(|| parsed.get("command")).and_then(lines)
}

/// `ansible PATTERN -m shell -a TEXT`; without `-m` it is the command module.
fn ansible(cx: &Cx<'_>) -> Vec<Step> {
    let (mut opts, mut place, mut next) = (Vec::new(), None, 0);
    while next < cx.args().len() {
        let found = walk(
            cx.args(),
            next,
            "a,args= m,module-name= i,inventory= u,user= l,limit= e,extra-vars= f,forks= b,become become-user= \
        B= P= c= t= M= \
             T= K k private-key,key-file= vault-password-file= C,check D,diff o v",
        );
        opts.extend(found.opts);
        place = place.or(cx.args().get(found.next));
        next = found.next + 1;
    }
    let module = super::options::value(&opts, "m").map_or("command".into(), |module| module.text().into_owned());
    let module = module.rsplit('.').next().unwrap_or("").to_owned();
    if !["command", "shell", "raw", "script"].contains(&module.as_str()) || super::options::has(&opts, "C") {
        return Vec::new();
    }
    let Some(opt) = opts.iter().rev().find(|opt| opt.name == "a") else { return Vec::new() };
    let mut step = Cx::shell("ansible", opt.value.as_ref().unwrap_or(&Value::default()), opt.span);
    let host = place.map(|arg| host_of(&arg.value)).unwrap_or_default();
    step.elevated = super::options::has(&opts, "b");
    step.remote = (!is_here(&host)).then(|| format!("ssh:{host}"));
    vec![step]
}

/// `salt TARGET cmd.run TEXT`
fn salt(cx: &Cx<'_>) -> Vec<Step> {
    let args = cx.args();
    let Some(at) =
        args.iter().position(|arg| arg.value.literal().is_some_and(|word| word.starts_with("cmd.") && word.len() > 4))
    else {
        return Vec::new();
    };
    let Some(text) = args.get(at + 1) else { return Vec::new() };
    let mut step = Cx::shell(cx.name, &text.value, text.span);
    if cx.name != "salt-call" {
        let host = at.checked_sub(1).and_then(|place| args.get(place)).map(|arg| host_of(&arg.value));
        step.remote = Some(format!("ssh:{}", host.unwrap_or_default()));
    }
    vec![step]
}
