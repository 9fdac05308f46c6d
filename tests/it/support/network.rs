//! A network of its own for a test: addresses that lead nowhere, and names with several addresses.
//!
//! It is a network namespace of Linux, with an `/etc/hosts` of its own. That takes root, and `ip`.

use std::process::Command;

use super::Program;
use super::faults::{has_tool, skipped};

/// The network and its hosts file. Packets to 2001:db8::2 go out and never come back.
const SET_UP: &str = r#"
ip link set lo up && ip link add eth0 type veth peer name eth1 &&
ip link set eth0 up && ip link set eth1 up &&
ip -6 address add fe80::1/64 dev eth0 nodad &&
ip -6 address add 2001:db8::1/64 dev eth0 nodad &&
ip address add 10.9.9.1/24 dev eth0 &&
ip -6 neighbour add 2001:db8::2 lladdr 02:00:00:00:00:02 dev eth0 &&
cat > hosts && mount --bind hosts /etc/hosts && echo $$ && exec sleep 1000
"#;

const HOSTS: &[u8] = b"\
::1 localhost both
127.0.0.1 localhost both
2001:db8::2 half nobody
10.9.9.1 half
";

/// A network that is there until it is dropped.
pub struct Network {
    _holder: Program,
    pid: String,
}

impl Network {
    /// Sets one up. `None`, and said so: that can't be had here.
    pub fn new() -> Option<Self> {
        let folder = super::folder();
        let mut command = Command::new("unshare");
        command.args(["--net", "--mount", "sh", "-c", SET_UP]).current_dir(folder.path());
        if !has_tool("unshare") {
            skipped("there is no unshare");
            return None;
        }
        let mut holder = Program::start(&mut command);
        holder.writes(HOSTS);
        holder.ends_input();
        let Some(pid) = holder.out.next() else {
            skipped(&format!("a network takes root, unshare and ip: {:?}", holder.err.rest()));
            return None;
        };
        Some(Self { _holder: holder, pid })
    }

    /// The same command in this network.
    pub fn inside(&self, command: &Command) -> Command {
        let mut wrapped = Command::new("nsenter");
        wrapped.args(["--net", "--mount", "--target", &self.pid, "sh", "-c"]);
        // To enter another mount namespace is to leave one's folder.
        wrapped.arg("cd \"$0\" && exec \"$@\"").arg(command.get_current_dir().unwrap());
        wrapped.arg(command.get_program()).args(command.get_args());
        wrapped
    }
}
