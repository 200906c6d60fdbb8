//! An answer of a process that is kept for a second: however many pages look, the process is asked once.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::Mutex;

use super::{clock, refusal::Refusal};

/// See the module. Who asks while another one does waits for its answer.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Option<(Instant, Value)>>);

impl Kept {
    /// What is known, or what `ask` says. A refusal is not kept.
    pub(super) async fn get(
        &self,
        ask: impl Future<Output = Result<Value, Refusal>>,
    ) -> Result<Value, Refusal> {
        let mut kept = self.0.lock().await;
        if let Some((at, value)) = &*kept
            && clock::now().saturating_duration_since(*at) < FOR
        {
            return Ok(value.clone());
        }
        let value = ask.await?;
        *kept = Some((clock::now(), value.clone()));
        Ok(value)
    }
}

const FOR: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::driver::refusal::BAD_REQUEST;

    #[test]
    fn many_who_look_ask_once_and_a_refusal_is_asked_again() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (kept, asked) = (Kept::default(), Cell::new(0));
            let ask = |is_good: bool| {
                let asked = &asked;
                async move {
                    asked.set(asked.get() + 1);
                    if is_good { Ok(Value::from(asked.get())) } else { Err(Refusal::from(BAD_REQUEST)) }
                }
            };
            assert!(kept.get(ask(false)).await.is_err());
            for _ in 0..10 {
                assert_eq!(kept.get(ask(true)).await.ok(), Some(Value::from(2)));
            }
            assert_eq!(asked.get(), 2);
        });
    }
}
