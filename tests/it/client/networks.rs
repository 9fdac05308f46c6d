//! Addresses: of both kinds, with a port or a zone, that lead nowhere, or only one of which works.

use std::time::{Duration, Instant};

use crate::support::network::Network;
use crate::support::{Client, PASSWORD, Seat, Server, folder};

/// A server on this address of the network.
fn server_at(network: &Network, address: &str) -> Server {
    let folder = folder();
    let command = Server::command_for(folder.path(), address);
    Server::run(&mut network.inside(&command), folder)
}

fn client_to(network: &Network, host: &str) -> Client {
    let folder = folder();
    let command = Client::command(folder.path(), host);
    Client::run(&mut network.inside(&command), folder)
}

/// A client that is given this host signs up.
#[track_caller]
fn reaches(network: &Network, host: &str, name: &str) {
    let mut client = client_to(network, host);
    client.is_greeted();
    client.register(name, PASSWORD);
}

/// A client that is given this host ends, and says why in one line.
#[track_caller]
fn fails(network: &Network, host: &str) -> String {
    let (code, _, mut err) = client_to(network, host).program.outcome();
    // On a slow machine this comes first.
    err.retain(|line| !line.starts_with("Connecting to "));
    assert_eq!((code, err.len()), (1, 1), "{err:?}");
    assert!(err[0].contains(host), "names the host: {err:?}");
    err[0].clone()
}

#[test]
fn an_address_may_be_of_either_kind_with_a_port_or_without() {
    let Some(network) = Network::new() else { return };
    let _server = server_at(&network, "[::]:10000");
    let hosts = ["::1", "[::1]", "[::1]:10000", "127.0.0.1", "127.0.0.1:10000", "10.9.9.1"];
    for (number, host) in hosts.iter().enumerate() {
        reaches(&network, host, &format!("user{number}"));
    }
}

#[test]
fn a_link_local_address_has_the_name_of_its_interface() {
    let Some(network) = Network::new() else { return };
    let _server = server_at(&network, "[::]:10000");
    for (number, host) in ["fe80::1%eth0", "[fe80::1%eth0]:10000"].iter().enumerate() {
        reaches(&network, host, &format!("user{number}"));
    }
    fails(&network, "fe80::1%eth7");
}

#[test]
fn localhost_is_reached_with_either_of_its_addresses() {
    let Some(network) = Network::new() else { return };
    for (number, address) in ["127.0.0.1:10000", "[::1]:10000"].iter().enumerate() {
        let server = server_at(&network, address);
        reaches(&network, "localhost", &format!("user{number}"));
        reaches(&network, "both:10000", &format!("other{number}"));
        server.quits();
    }
}

#[test]
fn an_address_that_refuses_is_said_at_once_with_what_to_look_at() {
    let Some(network) = Network::new() else { return };
    let begun = Instant::now();
    for host in ["127.0.0.1", "[::1]:7", "10.9.9.1:7"] {
        let why = fails(&network, host);
        assert!(why.contains("running"), "{why}");
    }
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_name_that_nobody_knows_is_said() {
    let Some(network) = Network::new() else { return };
    let why = fails(&network, "no-such-host.invalid");
    assert!(why.contains("cannot find"), "{why}");
}
#[test]
fn a_name_whose_first_address_hangs_is_reached_by_its_second() {
    let Some(network) = Network::new() else { return };
    let _server = server_at(&network, "0.0.0.0:10000");
    let begun = Instant::now();
    let mut client = client_to(&network, "half");
    while client.next_line() != "Please write your new Username:" {}
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(3), "no long silence: {took:?}");
}

#[test]
fn an_address_that_does_not_answer_is_given_up_and_said() {
    let Some(network) = Network::new() else { return };
    let (code, _, err) = client_to(&network, "nobody").program.outcome();
    assert_eq!((code, err.len()), (1, 2), "{err:?}");
    assert_eq!(err[0], "Connecting to nobody…");
    assert!(err[1].contains("cannot connect to nobody") && err[1].contains("running"), "{err:?}");
}
