//! A stack that is used up, and memory that the system refuses, end a process by `abort`: here a room's call that does
//! so is made to wait until its watchdog has written a note. The one place with unsafe code; docs/decisions/0031 says
//! why there is one.

use std::{
    hint::black_box,
    io, ptr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use rustix::{event::poll, time::Timespec};
use signal_hook::{
    consts::SIGABRT,
    low_level::{emulate_default_handler, register},
};

use super::slot::Slot;

/// Looks at every abort of this process from now on, for this slot.
///
/// # Errors
/// The system's.
pub(super) fn handle(slot: Arc<Slot>) -> io::Result<()> {
    let on_abort = move || {
        let here = 0_u8;
        let address = ptr::from_ref(black_box(&here)).addr();
        let bottom = BOTTOM.load(Relaxed);
        let is_stack = bottom != 0 && (bottom..bottom + STACK_BYTES).contains(&address);
        if slot.fail(is_stack) {
            // The watchdog ends the process meanwhile. If it cannot, this does.
            for _ in 0..WAITS {
                let _ = poll(&mut [], Some(&WAIT));
            }
        }
        let _ = emulate_default_handler(SIGABRT);
    };
    // SAFETY: a handler of signals must do only what is allowed within any other code. This one reads and writes
    // atomics, calls gettid and poll, which are plain calls of the system, and emulate_default_handler, whose
    // documentation promises it; it takes no lock, allocates and frees nothing, and cannot panic: it has no
    // index, no division and no arithmetic that overflows (an address in user space plus 64 KiB).
    #[expect(unsafe_code, reason = "there is no safe way to wait in a handler of signals")]
    let registered = unsafe { register(SIGABRT, on_abort) };
    registered.map(drop)
}

/// Gives this thread room to handle a fault in, for as long as the process lives. The one that Rust gives has room for
/// one signal: a stack that is used up is two, the fault and the abort that follows it.
pub(super) fn prepare_thread() {
    let memory: &'static mut [u8] = Box::leak(vec![0; STACK_BYTES].into_boxed_slice());
    let bottom = memory.as_mut_ptr();
    let stack = libc::stack_t { ss_sp: bottom.cast(), ss_flags: 0, ss_size: STACK_BYTES };
    // SAFETY: the memory lives as long as the process, nobody else has a reference to it, and the kernel writes within
    // `ss_size` of it only. The thread does not run on an alternate stack now; if it did, the call would be refused.
    // The one it had before was made by Rust, which frees that by its own record of it when the thread ends.
    #[expect(unsafe_code, reason = "no package that we trust has a safe way to this call")]
    let is_set = unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) } == 0;
    if is_set {
        BOTTOM.store(bottom.addr(), Relaxed);
    }
}

/// Where the logic thread's alternate stack begins; 0: it has none of ours.
static BOTTOM: AtomicUsize = AtomicUsize::new(0);
/// Frames of two signals, up to 11 KiB each on processors with large registers, and Rust's words about the overflow.
const STACK_BYTES: usize = 64 * 1024;
/// Ten seconds together.
const WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
const WAITS: u32 = 100;
