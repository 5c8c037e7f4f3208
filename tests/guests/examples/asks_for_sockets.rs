//! Opens a socket by itself.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::sockets::instance_network::instance_network;
use hostile_guests::wasip2::sockets::network::{
    IpAddressFamily, IpSocketAddress, Ipv4SocketAddress,
};
use hostile_guests::wasip2::sockets::tcp_create_socket::create_tcp_socket;
use hostile_guests::{End, guest, refused};

guest!(run);

fn run(_target: &str) -> End {
    let socket =
        create_tcp_socket(IpAddressFamily::Ipv4).map_err(|error| refused(format!("{error:?}")))?;
    let address = IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port: 443,
        address: (127, 0, 0, 1),
    });
    let connected = socket.start_connect(&instance_network(), address);
    Ok(format!("connected: {connected:?}"))
}
