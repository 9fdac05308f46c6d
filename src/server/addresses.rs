//! The addresses of this server: what a teacher dictates, and other people type to reach it.
//!
//! `std` cannot list the addresses of a machine. Linux shows them in two files under `/proc/net`;
//! elsewhere the programs `ip` or `ifconfig` know them. An address that no other machine can
//! reach is never offered. This runs once, at the start, and everything in it may fail: then there
//! is less to show.

use std::fs;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::process::{Command, Stdio};

use crate::protocol::DEFAULT_PORT;

/// The lines that tell how to join a server which listens on `bound`.
pub fn join_lines(bound: SocketAddr) -> Vec<String> {
    let ips = if bound.ip().is_unspecified() { reachable(bound) } else { vec![bound.ip()] };
    let join = |ip: &IpAddr| {
        format!("Others join with: cargo run --bin client -- {}", dial(*ip, bound.port()))
    };
    let mut lines: Vec<String> = ips.iter().map(join).collect();
    let port = bound.port();
    if ips.is_empty() {
        lines.push(
            "This machine has no address that others could reach: is it in a network?".into(),
        );
    } else if bound.ip().is_loopback() {
        lines.push(format!("Only this machine can join (--bind 0.0.0.0:{port} lets others in)"));
    } else if is_wsl() {
        lines.push(format!(
            "This is WSL: others use the address of Windows. First its administrator must type: \
             netsh interface portproxy add v4tov4 listenport={port} connectport={port} \
             connectaddress={}",
            ips[0]
        ));
    }
    lines
}

/// What to type for one address. The client knows the default port.
fn dial(ip: IpAddr, port: u16) -> String {
    if port == DEFAULT_PORT { ip.to_string() } else { SocketAddr::new(ip, port).to_string() }
}

/// All addresses of this machine that others may reach, the most likely one first.
fn reachable(bound: SocketAddr) -> Vec<IpAddr> {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let mut ips = parse_fib_trie(&read("/proc/net/fib_trie"));
    ips.extend(parse_if_inet6(&read("/proc/net/if_inet6")));
    if ips.is_empty() {
        ips = said_by("ip", &["address"]).or_else(|| said_by("ifconfig", &[])).unwrap_or_default();
    }
    // A server on [::] takes both kinds.
    ips.retain(|ip| others_reach(ip) && (ip.is_ipv4() || bound.is_ipv6()));
    let first = default_ip();
    ips.sort_by_key(|ip| (ip.is_ipv6(), Some(*ip) != first, *ip));
    ips.dedup();
    ips
}

fn others_reach(ip: &IpAddr) -> bool {
    let is_link_local = matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    !ip.is_loopback() && !ip.is_unspecified() && !ip.is_multicast() && !is_link_local
}

/// The address that a datagram to the internet would leave from. None is sent.
fn default_ip() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The addresses in `/proc/net/fib_trie`: a line `|-- ADDRESS`, and below it `/32 host LOCAL`.
fn parse_fib_trie(text: &str) -> Vec<IpAddr> {
    let (mut ips, mut last) = (Vec::new(), None);
    for line in text.lines() {
        if let Some((_, address)) = line.split_once("|-- ") {
            last = address.parse::<IpAddr>().ok();
        } else if line.trim() == "/32 host LOCAL" {
            ips.extend(last);
        }
    }
    ips
}

/// The addresses in `/proc/net/if_inet6`: each line begins with one, as 32 hex digits.
fn parse_if_inet6(text: &str) -> Vec<IpAddr> {
    let digits = text.lines().filter_map(|line| line.split(' ').next());
    let numbers = digits.filter_map(|digits| u128::from_str_radix(digits, 16).ok());
    numbers.map(|number| Ipv6Addr::from(number).into()).collect()
}

/// The addresses that `ip` or `ifconfig` names: each comes after the word `inet` or `inet6`.
fn parse_inet_words(text: &str) -> Vec<IpAddr> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let after_inet = words.windows(2).filter(|pair| matches!(pair[0], "inet" | "inet6"));
    after_inet.filter_map(|pair| pair[1].split(['/', '%']).next()?.parse().ok()).collect()
}

fn said_by(program: &str, arguments: &[&str]) -> Option<Vec<IpAddr>> {
    let asked = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    Some(parse_inet_words(&String::from_utf8_lossy(&asked.stdout)))
}

/// Whether this is Linux inside Windows, which has an address of its own that others do not see.
fn is_wsl() -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    release.to_lowercase().contains("microsoft")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn linux_shows_its_addresses_in_two_files() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n\
            \x20    |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 192.168.1.0\n\
            \x20       /24 link UNICAST\n     |-- 192.168.1.20\n        /32 host LOCAL\n\
            \x20    |-- 192.168.1.255\n        /32 link BROADCAST\n";
        assert_eq!(parse_fib_trie(trie), ips(&["127.0.0.1", "192.168.1.20"]));
        let inet6 = "00000000000000000000000000000001 01 80 10 80       lo\n\
            20010db8000000000000000000000002 04 40 00 82     eth0\n";
        assert_eq!(parse_if_inet6(inet6), ips(&["::1", "2001:db8::2"]));
    }

    #[test]
    fn ip_and_ifconfig_name_theirs_after_a_word() {
        let said = "lo0: flags=8049<UP>\n\tinet 127.0.0.1 netmask 0xff000000\n\tinet6 fe80::1%lo0 \
            prefixlen 64\nen0: ether 3c:22:fb:00:00:01\n\tinet 10.0.0.7/24 brd 10.0.0.255";
        assert_eq!(parse_inet_words(said), ips(&["127.0.0.1", "fe80::1", "10.0.0.7"]));
    }

    #[test]
    fn an_address_of_this_machine_alone_is_not_offered() {
        for ip in ips(&["127.0.0.1", "127.3.2.1", "::1", "fe80::1", "0.0.0.0", "ff02::1"]) {
            assert!(!others_reach(&ip), "{ip}");
        }
        for ip in ips(&["10.0.0.7", "169.254.3.4", "2001:db8::2", "fd00::2"]) {
            assert!(others_reach(&ip), "{ip}");
        }
    }

    #[test]
    fn the_port_is_dictated_unless_it_is_the_usual_one() {
        let lines = |bound: &str| join_lines(bound.parse().unwrap());
        let line = "Others join with: cargo run --bin client -- ";
        assert_eq!(lines("10.0.0.7:10000"), [format!("{line}10.0.0.7")]);
        assert_eq!(lines("10.0.0.7:99"), [format!("{line}10.0.0.7:99")]);
        assert_eq!(lines("[2001:db8::2]:99"), [format!("{line}[2001:db8::2]:99")]);
        assert_eq!(lines("127.0.0.1:99")[0], format!("{line}127.0.0.1:99"));
    }
}
