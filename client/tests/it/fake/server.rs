//! The fake server on a loopback port: one thread, all connections, transports told apart by their first
//! bytes as the gateway does.

use std::{
    cell::RefCell, collections::BTreeMap, io, net::SocketAddr, rc::Rc, sync::mpsc as std_mpsc,
    thread::JoinHandle,
};

use proto::{
    deflate::Deflater,
    frame::{FrameBuf, FrameError, put_frame},
    kinds::Lane,
    limits::CLIENT_FRAME_BYTES_MAX,
    packet::Packets,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::LocalSet,
};

use crate::fake::{
    pipe::{Identity, ServerPipe},
    rules::{Out, Outs, Plan, Rules},
};

/// A running server; stops when dropped.
pub struct FakeServer {
    pub address: SocketAddr,
    pub identity: Identity,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Rules>>,
}

impl FakeServer {
    pub fn start(plan: Option<Plan>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std_mpsc::channel();
        let identity = Identity::new();
        let own = identity.clone();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            LocalSet::new().block_on(&runtime, async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                tell.send(listener.local_addr().expect("bound")).expect("the test waits");
                let world = Rc::new(World::new(plan, own));
                tokio::select! {
                    () = accept(listener, world.clone()) => {}
                    _ = stopped => {}
                }
                world.rules.take()
            })
        });
        let address = told.recv_timeout(std::time::Duration::from_secs(30)).expect("the server starts");
        Self { address, identity, stop: Some(stop), thread: Some(thread) }
    }

    /// Stops it and looks at what it did.
    pub fn finish(mut self) -> Rules {
        drop(self.stop.take());
        self.thread.take().expect("finished once").join().expect("the server did not panic")
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

struct World {
    rules: RefCell<Rules>,
    identity: Identity,
    /// Where each connection takes what is for it; dropped to cut it.
    conns: RefCell<BTreeMap<u64, mpsc::UnboundedSender<Order>>>,
}

enum Order {
    Send(Out),
    Close,
}

impl World {
    fn new(plan: Option<Plan>, identity: Identity) -> Self {
        let rules = RefCell::new(Rules::new(plan));
        Self { rules, identity, conns: RefCell::default() }
    }

    fn perform(&self, outs: Outs) {
        let mut conns = self.conns.borrow_mut();
        for (conn, out) in outs.sends {
            if let Some(orders) = conns.get(&conn) {
                let _ = orders.send(Order::Send(out));
            }
        }
        for conn in outs.close {
            if let Some(orders) = conns.remove(&conn) {
                let _ = orders.send(Order::Close);
            }
        }
        if outs.cut_all {
            conns.clear();
            self.rules.borrow_mut().gone_all();
        }
    }
}

async fn accept(listener: TcpListener, world: Rc<World>) {
    for conn in 0.. {
        let (socket, _) = listener.accept().await.expect("loopback accepts");
        let (orders, orders_in) = mpsc::unbounded_channel();
        world.conns.borrow_mut().insert(conn, orders);
        let world = world.clone();
        tokio::task::spawn_local(async move {
            let _ = serve(socket, conn, &world, orders_in).await;
            world.conns.borrow_mut().remove(&conn);
            world.rules.borrow_mut().gone(conn);
        });
    }
}

async fn serve(
    mut socket: TcpStream,
    conn: u64,
    world: &World,
    mut orders: mpsc::UnboundedReceiver<Order>,
) -> io::Result<()> {
    let mut pipe = ServerPipe::new(&world.identity);
    let mut frames = FrameBuf::default();
    let mut deflater = Deflater::default();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        tokio::select! {
            count = socket.read(&mut buffer) => {
                let count = count?;
                if count == 0 {
                    return Ok(());
                }
                let plain = pipe.receive(&buffer[..count])?;
                let mut outs = Outs::default();
                frames
                    .feed(&plain, CLIENT_FRAME_BYTES_MAX, |_, body| {
                        for packet in Packets::new(body) {
                            let packet = packet.expect("our client sends packets");
                            world.rules.borrow_mut().on_packet(conn, packet, &mut outs);
                        }
                        Ok::<_, FrameError>(())
                    })
                    .map_err(io::Error::other)?;
                world.perform(outs);
            }
            order = orders.recv() => {
                let Some(Order::Send(out)) = order else { return Ok(()) };
                let mut bytes = Vec::new();
                frame(&mut deflater, &out, &mut bytes);
                pipe.send(&bytes)?;
            }
        }
        socket.write_all(&pipe.output()?).await?;
    }
}

/// One frame, deflated where that pays.
pub fn frame(deflater: &mut Deflater, out: &Out, bytes: &mut Vec<u8>) {
    let mut deflated = Vec::new();
    let is_deflated = out.lane != Lane::Control && deflater.deflate(&out.packets, &mut deflated);
    put_frame(bytes, out.lane, is_deflated, if is_deflated { &deflated } else { &out.packets });
}
