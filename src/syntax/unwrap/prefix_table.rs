//! The options and operands of wrappers of the local machine.

use super::engine::{Form, Table, Wrapper};

const SUDO: &str = "A,askpass b,background B,bell C,close-from= D,chdir= E,preserve-env? e,edit g,group= H,set-home \
    h,host= i,login K,remove-timestamp k,reset-timestamp l,list n,non-interactive P,preserve-groups p,prompt= \
    R,chroot= r,role= S,stdin s,shell t,type= T,command-timeout= U,other-user= u,user= V,version v,validate help \
    N,no-update";
const SETPRIV: &str = "clear-groups keep-groups groups= inh-caps= ambient-caps= bounding-set= no-new-privs rgid= \
    regid= egid= reuid= euid= ruid= securebits= pdeathsig= selinux-label= apparmor-profile= landlock-access= \
    landlock-rule= reset-env init-groups d,dump h,help V,version";
const STRACE: &str = "A,output-append-mode a,columns= b,detach-on= C,summary c,summary-only D,daemonize? E,env= \
    e,trace= F f,follow-forks I,interruptible= i,instruction-pointer k,stack-traces n,syscall-number N,arg-names \
    O,summary-syscall-overhead= o,output= P,trace-path= p,attach= q,quiet? r,relative-timestamps? \
    S,summary-sort-by= s,string-limit= T,syscall-times? t u,user= U,summary-columns= v V,version \
    w,summary-wall-clock X,const-print-style= x y,decode-fds? Y Z z h,help d,debug argv0= seccomp-bpf";
const LTRACE: &str = "a,align= A= b c C,demangle D,debug= e= F,config= f h,help i l,library= L n,indent= \
        o,output= p= r \
    s= S t T u= V,version w,where= x=";
const PERF: &str = "a,all-cpus B,big-num b,branch-any c,count= C,cpu= call-graph= D,delay= d,detailed e,event= \
        F,freq= g \
    G,cgroup= I,interval-print= i,no-inherit j,branch-filter= k,clockid= K M,metrics= m,mmap-pages= max-size= n N \
    o,output= p,pid= P,period per-core q,quiet r,repeat= R,raw-samples S s,stat switch-output= T,timestamp t,tid= \
    u,uid= v,verbose W,weight x,field-separator= proc-map-timeout= timeout= filter= duration=";
const UNSHARE: &str = "m,mount? u,uts? i,ipc? n,net? p,pid? U,user? C,cgroup? T,time? f,fork kill-child? mount-proc? \
    map-user= map-users= map-group= map-groups= r,map-root-user c,map-current-user map-auto propagation= R,root= \
    w,wd= S,setuid= G,setgid= setgroups= keep-caps l,load-interp= monotonic= boottime= h,help V,version";
const NSENTER: &str = "a,all t,target= m,mount? u,uts? i,ipc? n,net? N,net-socket= p,pid? C,cgroup? c U,user? \
        user-parent \
    T,time? S,setuid= G,setgid= preserve-credentials keep-caps r,root? w,wd? W,wdns= e,env F,no-fork \
    Z,follow-context h,help V,version";
const BWRAP: &str = "args= argv0= userns= userns2= pidns= uid= gid= hostname= chdir= setenv== unsetenv= lock-file= \
    sync-fd= bind== bind-try== dev-bind== dev-bind-try== ro-bind== ro-bind-try== bind-fd== ro-bind-fd== remount-ro= \
    overlay-src= overlay== tmp-overlay= ro-overlay= exec-label= file-label= proc= dev= tmpfs= mqueue= dir= file== \
    bind-data== ro-bind-data== symlink== seccomp= add-seccomp-fd= block-fd= userns-block-fd= info-fd= \
    json-status-fd= cap-add= cap-drop= perms= size= chmod== help version";
const PROOT: &str = "r,rootfs= b,bind,m,mount= q,qemu= w,pwd,cwd= v,verbose= k,kernel-release= 0,root-id \
        i,change-id= R= \
    S= l,link2symlink p n H L kill-on-exit V,version,about h,help,usage";
pub(super) const SYSTEMD_RUN: &str = "scope u,unit= p,property= description= slice= slice-inherit expand-environment= no-block \
    r,remain-after-exit send-sighup service-type= uid= gid= nice= working-directory= d,same-dir E,setenv= t,pty \
    T,pty-late P,pipe q,quiet G,collect S,shell job-mode= ignore-failure background= on-active= on-boot= on-startup= \
    on-unit-active= on-unit-inactive= on-calendar= on-clock-change on-timezone-change path-property= \
    socket-property= timer-property= M,machine= H,host= user system wait v,verbose no-ask-password no-pager \
    root-directory= C,capsule= h,help version";
pub(super) const HYPERFINE: &str = "w,warmup= m,min-runs= M,max-runs= r,runs= s,setup= reference= p,prepare= C,conclude= \
        c,cleanup= \
    P,parameter-scan== D,parameter-step-size= L,parameter-list== S,shell= N i,ignore-failure style= sort= \
    u,time-unit= export-asciidoc= export-csv= export-json= export-markdown= export-orgmode= show-output output= \
    input= n,command-name= h,help V,version";

/// The wrappers that a table describes.
pub(super) static TABLE: Table = Table::of(&[
    Wrapper::of(&["sudo", "sudo-rs", "dzdo", "gsudo"], SUDO)
        .inert("e K l V v help")
        .chdir("D")
        .elevated()
        .assigns("")
        .shell(),
    Wrapper::of(&["doas"], "C= L a= n s u=").inert("C L").elevated().shell(),
    Wrapper::of(&["please"], "a,allow-env= d,dir= t,target= u,user= g,group= n l").inert("l").chdir("d").elevated(),
    Wrapper::of(&["pfexec"], "P=").elevated(),
    Wrapper::of(&["pkexec"], "user= disable-internal-agent keep-cwd version help").inert("version help").elevated(),
    Wrapper::of(
        &["run0"],
        "u,user= g,group= unit= property= description= slice= slice-inherit nice= D,chdir= setenv= background= \
         machine= pty pipe shell-prompt-prefix= no-ask-password version help",
    )
    .inert("version help")
    .chdir("D")
    .vars("setenv")
    .elevated()
    .shell(),
    Wrapper::of(&["gosu", "su-exec", "setuidgid", "s6-setuidgid"], "").skip(1).elevated(),
    Wrapper::of(&["chpst"], "u= U= b= / e= d= o= p= f= c= r= t= m= n= l= L= C= P v V 0 1 2").chdir("C").elevated(),
    Wrapper::of(&["setpriv"], SETPRIV).inert("d h V"),
    Wrapper::of(&["capsh"], "").form(Form::Nothing),
    Wrapper::of(
        &[
            "nohup",
            "catchsegv",
            "eatmydata",
            "chronic",
            "retry",
            "noglob",
            "nocorrect",
            "-",
            "linux32",
            "linux64",
            "i386",
            "x86_64",
            "ccache",
            "sccache",
            "distcc",
            "ifne",
            "torify",
            "torsocks",
            "tsocks",
            "multitime",
            "dumb-init",
            "winpty",
            "busybox",
            "toybox",
            "builtin",
            "heaptrack",
            "valgrind",
            "nq",
            "tsp",
            "unbuffer",
        ],
        "c,rewrite r,single-child list install version help p d q n t i a o,output=",
    )
    .inert("list install version help"),
    Wrapper::of(&["ssh-agent"], "a= E= O= P= t= c D d k s").inert("k"),
    Wrapper::of(&["rlwrap"], "a= b= c C= D= e= f= g= H= i l= m= M= n N o p= P= q= r R S= s= t= T U w= W= X z="),
    Wrapper::of(&["choom"], "n,adjust= p,pid= h V").inert("p"),
    Wrapper::of(&["nice", "gnice"], "n,adjustment= help version"),
    Wrapper::of(&["ionice"], "c,class= n,classdata= p,pid= P,pgid= t,ignore u,uid= h V").inert("p P u h V"),
    Wrapper::of(
        &["chrt"],
        "a,all-tasks b,batch d,deadline e,ext f,fifo i,idle o,other r,rr R,reset-on-fork T,sched-runtime= \
         P,sched-period= D,sched-deadline= m,max p,pid v h V",
    )
    .also(is_number)
    .inert("m p h V"),
    Wrapper::of(&["taskset"], "a,all-tasks c,cpu-list p,pid h V").skip(1).inert("p h V"),
    Wrapper::of(
        &["timeout", "gtimeout"],
        "k,kill-after= s,signal= f,foreground p,preserve-status v,verbose help version",
    )
    .skip(1)
    .inert("help version"),
    Wrapper::of(&["time", "gtime"], "a,append f,format= o,output= p,portability q,quiet v,verbose V,version help l h")
        .inert("V help"),
    Wrapper::of(&["stdbuf", "gstdbuf"], "i,input= o,output= e,error= help version").inert("help version"),
    Wrapper::of(&["setsid"], "c,ctty f,fork w,wait h V").inert("h V"),
    Wrapper::of(
        &["setarch"],
        "B,32bit F,fdpic-funcptrs I,short-inode L,addr-compat-layout R,addr-no-randomize S,whole-seconds \
         T,sticky-timeouts X,read-implies-exec Z,mmap-page-zero 3,3gb 4gb p,pid= v,verbose uname-2.6 list show h V",
    )
    .also(is_arch)
    .inert("list show h V"),
    Wrapper::of(&["arch"], "-x86_64 -arm64 -arm64e -i386 -arch= d= e= c"),
    Wrapper::of(&["command"], "p v V").inert("v V"),
    Wrapper::of(&["exec"], "a= c l"),
    Wrapper::of(
        &["flock"],
        "c,command= e,exclusive x F,no-fork n,nonblock nb o,close s,shared u,unlock w,wait,timeout= \
         E,conflict-exit-code= verbose h,help V,version fcntl start= length=",
    )
    .skip(1)
    .inert("h V")
    .text("c"),
    Wrapper::of(&["setlock", "lckdo"], "n N x X w= W= q e E= s").skip(1),
    Wrapper::of(&["softlimit"], "d= s= l= a= o= p= f= c= r= t= m="),
    Wrapper::of(&["strace"], STRACE).vars("E").inert("V h"),
    Wrapper::of(&["ltrace"], LTRACE).inert("h V"),
    Wrapper::of(&["perf"], PERF)
        .sub("record|stat|trace|top|mem|c2c|kmem|lock|sched|bench")
        .also(|word| word == "record"),
    Wrapper::of(
        &["rr"],
        "c,num-cpu-ticks= h,chaos i,ignore-signal= n,no-syscall-buffer o,output-trace-dir= p,print-trace-dir= \
         t,continue-through-signal= u,cpu-unbound v,env= w,wait num-cores= setuid-sudo",
    )
    .sub("record")
    .vars("v"),
    Wrapper::of(&["unshare"], UNSHARE).inert("h V").chdir("w").shell(),
    Wrapper::of(&["nsenter"], NSENTER).inert("h V").elevated().shell(),
    Wrapper::of(&["ip"], "n,netns= a,all").sub("netns exec").skip(1),
    Wrapper::of(&["ip"], "").sub("vrf exec").skip(1),
    Wrapper::of(&["cgexec"], "g= sticky"),
    Wrapper::of(&["aa-exec"], "p,profile= n,namespace= f,file= i,immediate d,debug v,verbose"),
    Wrapper::of(&["runcon"], "c,compute t,type= u,user= r,role= l,range=").also(|word| word.contains(':')),
    Wrapper::of(&["systemd-inhibit"], "what= who= why= mode= list no-pager no-legend no-ask-password h,help version")
        .inert("list h version"),
    Wrapper::of(&["systemd-run"], SYSTEMD_RUN).inert("h version").vars("E").chdir("working-directory"),
    Wrapper::of(
        &["dbus-launch"],
        "sh-syntax csh-syntax auto-syntax binary-syntax exit-with-session exit-with-x11 autolaunch= close-stderr",
    )
    .inert("autolaunch"),
    Wrapper::of(&["newgrp"], "").skip(1).form(Form::Nothing).shell(),
    Wrapper::of(&["dbus-run-session"], "config-file= dbus-daemon= help version").inert("help version"),
    Wrapper::of(
        &["xvfb-run", "xwfb-run"],
        "a,auto-servernum e,error-file= f,auth-file= h,help l,listen-tcp n,server-num= p,xauth-protocol= \
         s,server-args= w,wait=",
    )
    .inert("h"),
    Wrapper::of(&["firejail"], "c list top tree help version").inert("list top tree help version"),
    Wrapper::of(&["bwrap"], BWRAP).inert("help version").chdir("chdir"),
    Wrapper::of(&["proot"], PROOT).inert("V h").chdir("w"),
    Wrapper::of(
        &["fakeroot", "fakechroot"],
        "l,lib= f,faked= i= s= u,unknown-is-real b,fd-base= h v c,config-dir= e,environment= d,elfloader=",
    )
    .inert("h v")
    .shell(),
    Wrapper::of(
        &["numactl"],
        "a,all b,balancing C,physcpubind= i,interleave= m,membind= N,cpunodebind= P,preferred-many= p,preferred= \
         w,weighted-interleave= l,localalloc H,hardware s,show S,shm= f,file= o,offset= L,length=",
    )
    .inert("s H"),
    Wrapper::of(
        &["cpulimit"],
        "l,limit= p,pid= e,exe= P,path= z,lazy i,include-children v,verbose c,cpu= b,background f,foreground q r s=",
    )
    .inert("p e P"),
    Wrapper::of(
        &["prlimit"],
        "p,pid= o,output= noheadings raw verbose h V c? d? e? f? i? l? m? n? q? r? s? t? u? v? x? y?",
    )
    .inert("p h V"),
    Wrapper::of(&["trickle"], "d= u= w= t= l= n= p= P= s v V h"),
    Wrapper::of(&["caffeinate"], "d i m s u t= w="),
    Wrapper::of(&["tini"], "p= e= s v w g h l version"),
    Wrapper::of(&["daemonize"], "a c= e= o= E= p= u= l= v"),
    Wrapper::of(&["proxychains", "proxychains4"], "q f="),
    Wrapper::of(&["faketime", "datefudge"], "m f exclude-monotonic s,static").skip(1),
    Wrapper::of(&["envdir", "envchain"], "").skip(1),
    Wrapper::of(&["sandbox-exec"], "f= n= p= D= t="),
    Wrapper::of(&["launchctl"], "").sub("asuser").skip(1),
    Wrapper::of(&["xcrun"], "sdk= toolchain= l,log r,run f,find n k v h version show-sdk-path")
        .inert("f show-sdk-path"),
    Wrapper::of(&["hyperfine"], HYPERFINE).inert("h V").form(Form::Each).repeated(),
    Wrapper::of(&["pee", "mispipe"], "").form(Form::Each),
    Wrapper::of(&["sg"], "c=").skip(1).text("c").form(Form::Either),
    Wrapper::of(&["xdotool"], "sync args= terminator=").sub("exec"),
]);

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

fn is_arch(word: &str) -> bool {
    matches!(word, "i386" | "i486" | "i586" | "i686" | "x86_64" | "athlon" | "ppc" | "ppc64" | "uname26")
        || ["linux", "arm", "aarch64", "s390"].iter().any(|front| word.starts_with(front))
}
