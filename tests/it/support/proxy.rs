//! A bad network between a client and a server: a proxy whose connections freeze, end, or come
//! late, and whose port can go away and come back.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// A proxy on a port of its own. Its threads end with the test program.
pub struct Proxy {
    address: SocketAddr,
    network: Arc<Network>,
}

#[derive(Default)]
struct Network {
    weather: Mutex<Weather>,
    changed: Condvar,
}

#[derive(Default)]
struct Weather {
    frozen: bool,
    closed: bool,
    delay: Duration,
    streams: Vec<TcpStream>,
}

impl Proxy {
    /// Starts one in front of this server.
    pub fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let network = Arc::new(Network::default());
        let accepting = Arc::clone(&network);
        thread::spawn(move || {
            for client in listener.incoming() {
                accepting.connect(client.unwrap(), server);
            }
        });
        Self { address, network }
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing comes through, either way.
    pub fn freezes(&self) {
        self.network.change(|weather| weather.frozen = true);
    }

    /// From now on everything comes through this late.
    pub fn is_late_by(&self, delay: Duration) {
        self.network.change(|weather| weather.delay = delay);
    }

    /// Ends all connections. Where something has not been read yet, the other side gets a reset.
    pub fn cuts(&self) {
        self.network.change(|weather| {
            for stream in weather.streams.drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
    }

    /// Ends all connections, and every new one at once.
    pub fn closes(&self) {
        self.network.change(|weather| weather.closed = true);
        self.cuts();
    }

    /// All is well again.
    pub fn heals(&self) {
        self.network.change(|weather| {
            (weather.frozen, weather.closed, weather.delay) = (false, false, Duration::ZERO);
        });
    }
}

impl Network {
    fn connect(self: &Arc<Self>, client: TcpStream, server: SocketAddr) {
        if self.lock().closed {
            return;
        }
        let Ok(server) = TcpStream::connect(server) else {
            return;
        };
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
            let kept = stream.try_clone().unwrap();
            self.change(|weather| weather.streams.push(kept));
        }
        for (from, to) in [(&client, &server), (&server, &client)] {
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            let network = Arc::clone(self);
            thread::spawn(move || network.carry(from, to));
        }
    }

    fn carry(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut piece) {
            let weather = self.changed.wait_while(self.lock(), |weather| weather.frozen).unwrap();
            let delay = weather.delay;
            drop(weather);
            // This is the delay itself, and no hope.
            thread::sleep(delay);
            if to.write_all(&piece[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }

    fn change(&self, change: impl FnOnce(&mut Weather)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().unwrap()
    }
}
