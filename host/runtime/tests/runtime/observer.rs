//! What a host tells whoever measures it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use clio_host::{CallEnd, CallStats, ObservedCall, Observer};
use serde_json::{Value, json};

use crate::cancelling::waiting;
use crate::components::{builder, connection, running};

#[derive(Default)]
struct Seen(Mutex<Vec<(ObservedCall, Option<CallEnd>)>>);

impl Seen {
    fn taken(&self) -> Vec<(ObservedCall, Option<CallEnd>)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Seen {
    fn started(&self, call: &ObservedCall) {
        self.0.lock().unwrap().push((call.clone(), None));
    }

    fn finished(&self, call: &ObservedCall, end: &CallEnd, cost: &CallStats) {
        let ran = cost.ran > Duration::ZERO;
        assert_eq!(ran, *end != CallEnd::Cancelled, "{end:?} {cost:?}");
        let entry = (call.clone(), Some(end.clone()));
        self.0.lock().unwrap().push(entry);
    }
}

#[tokio::test]
async fn every_call_is_told_to_begin_and_to_end_once() {
    let seen = Arc::new(Seen::default());
    let observer = Arc::clone(&seen) as Arc<dyn Observer>;
    let host = builder().observer(observer).build().unwrap();
    let done = (running(""), CallEnd::Done);
    let trap = "execution_failed:trap".to_owned();
    let failed = (running("unreachable"), CallEnd::Failed(trap));
    for (component, end) in [done, failed] {
        let action = host.load(&component).unwrap();
        let call = host.call(&connection()).correlation("job-7");
        let _ = call.invoke(&action, None, Value::Null).await;
        let seen = seen.taken();
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert_eq!((&seen[0].0, &seen[0].1), (&seen[1].0, &None));
        assert_eq!(seen[1].1.as_ref(), Some(&end));
        let call = &seen[0].0;
        assert_eq!(call.action, action.label());
        assert_eq!((&*call.function, &*call.correlation), ("run", "job-7"));
        assert_eq!(call.connection, connection().label());
        assert!(!call.dry_run);
    }
    // An input that does not fit begins no call.
    let action = host.load(&running("")).unwrap();
    let call = host.call(&connection());
    call.invoke(&action, None, json!([1])).await.unwrap_err();
    assert_eq!(seen.taken(), []);
}

#[tokio::test]
async fn a_dropped_call_is_told_to_end_and_its_slot_comes_free() {
    let seen = Arc::new(Seen::default());
    let observer = Arc::clone(&seen) as Arc<dyn Observer>;
    let host = builder()
        .concurrent_calls(3)
        .observer(observer)
        .build()
        .unwrap();
    let slots = || (host.slots().all, host.slots().free);
    assert_eq!(slots(), (3, 3));
    let action = host.load(&waiting()).unwrap();
    let (here, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let call = host.call(&connection()).on_log(move |_| {
        let _ = here.send(());
    });
    let task = tokio::spawn(async move { call.invoke(&action, None, Value::Null).await });
    begun.recv().await.unwrap();
    assert_eq!(slots(), (3, 2));
    task.abort();
    task.await.unwrap_err();
    let ends: Vec<_> = seen.taken().into_iter().map(|(_, end)| end).collect();
    assert_eq!(ends, [None, Some(CallEnd::Cancelled)]);
    while slots() != (3, 3) {
        tokio::task::yield_now().await;
    }
}
