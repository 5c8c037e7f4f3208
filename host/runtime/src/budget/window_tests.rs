//! Stories about a window, told with a clock that only moves when told.
#![allow(clippy::unwrap_used)]

use super::*;

fn answer(remaining: u32, reset: u64, ends_in: u64) -> Signal {
    Signal {
        window: Some(WindowView {
            limit: Some(50),
            remaining,
            reset,
            ends_in: Duration::from_secs(ends_in),
        }),
        ..Signal::default()
    }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A window of which the first answer said that `remaining` are left for 60 s.
fn known(remaining: u32, now: Instant) -> Window {
    let mut window = Window::new();
    window.start(now).unwrap();
    window.settle(&answer(remaining, 60, 60), now);
    window
}

#[test]
fn until_the_first_answer_one_request_goes_at_a_time() {
    let now = Instant::now();
    let mut window = Window::new();
    window.start(now).unwrap();
    assert!(window.start(now).is_err());
    window.settle(&answer(49, 60, 60), now);
    for _ in 0..49 {
        window.start(now).unwrap();
    }
    assert!(window.start(now).is_err());
}

#[test]
fn a_slow_first_answer_does_not_hold_up_everybody() {
    let now = Instant::now();
    let mut window = Window::new();
    window.start(now).unwrap();
    let wait = window.start(now).unwrap_err();
    assert!(!wait.certain);
    window.start(wait.until).unwrap();
}

#[test]
fn a_reservation_does_not_hold_up_its_own_first_request() {
    let now = Instant::now();
    let mut window = Window::new();
    window.reserve(3, now).unwrap();
    assert!(window.reserve(3, now).is_err(), "nothing is known yet");
    window.start_reserved(now).unwrap();
    window.settle(&answer(49, 60, 60), now);
    window.reserve(3, now).unwrap();
}

#[test]
fn requests_in_flight_count_against_what_the_server_said() {
    let now = Instant::now();
    let mut window = known(2, now);
    window.start(now).unwrap();
    window.start(now).unwrap();
    let wait = window.start(now).unwrap_err();
    assert_eq!(wait.until, now + seconds(60));
}

#[test]
fn answers_that_overtake_one_another_do_not_raise_what_is_left() {
    let now = Instant::now();
    let mut window = known(10, now);
    window.start(now).unwrap();
    window.start(now).unwrap();
    window.settle(&answer(8, 60, 60), now);
    window.settle(&answer(9, 60, 60), now);
    for _ in 0..8 {
        window.start(now).unwrap();
    }
    assert!(window.start(now).is_err());
}

#[test]
fn another_consumer_of_the_token_is_respected() {
    let now = Instant::now();
    let mut window = known(40, now);
    window.reserve(10, now).unwrap();
    window.start_reserved(now).unwrap();
    // Ours was one request, and yet thirty are gone.
    window.settle(&answer(9, 60, 60), now);
    assert!(window.reserve(1, now).is_err(), "nine are promised already");
    for _ in 0..9 {
        window.start_reserved(now).unwrap();
    }
    window.settle(&answer(0, 60, 60), now);
    assert!(window.start_reserved(now).is_err());
}

#[test]
fn promises_are_kept_for_those_who_hold_them() {
    let now = Instant::now();
    let mut window = known(5, now);
    window.reserve(4, now).unwrap();
    window.start(now).unwrap();
    let wait = window.start(now).unwrap_err();
    assert!(!wait.certain, "a reservation may be given back");
    window.release(4);
    window.start(now).unwrap();
}

#[test]
fn a_fresh_window_is_not_taken_to_be_whole() {
    let now = Instant::now();
    let mut window = known(0, now);
    assert!(window.start(now).unwrap_err().certain);
    let later = now + seconds(60);
    window.start(later).unwrap();
    assert!(window.start(later).is_err(), "others may have used it");
    window.settle(&answer(20, 120, 60), later);
    for _ in 0..20 {
        window.start(later).unwrap();
    }
    assert!(window.start(later).is_err());
}

#[test]
fn an_answer_of_the_window_before_changes_nothing() {
    let now = Instant::now();
    let mut window = known(30, now);
    window.start(now).unwrap();
    window.start(now).unwrap();
    window.settle(&answer(49, 120, 60), now + seconds(59));
    window.settle(&answer(0, 60, 1), now + seconds(59));
    window.start(now + seconds(59)).unwrap();
}

#[test]
fn a_refusal_blocks_for_as_long_as_it_says() {
    let now = Instant::now();
    let mut window = known(30, now);
    window.start(now).unwrap();
    let refusal = Signal {
        limited: true,
        retry_after: Some(seconds(34)),
        ..Signal::default()
    };
    window.settle(&refusal, now);
    let wait = window.start(now).unwrap_err();
    assert_eq!((wait.until, wait.certain), (now + seconds(34), true));
    window.start(now + seconds(34)).unwrap();
    assert!(window.start(now + seconds(34)).is_err());
}

#[test]
fn a_refusal_that_names_no_time_blocks_until_the_window_ends() {
    let now = Instant::now();
    let mut window = known(30, now);
    window.start(now).unwrap();
    let refusal = Signal {
        limited: true,
        ..Signal::default()
    };
    window.settle(&refusal, now + seconds(20));
    let wait = window.start(now + seconds(20)).unwrap_err();
    assert_eq!(wait.until, now + seconds(60));

    let mut fresh = Window::new();
    fresh.start(now).unwrap();
    fresh.settle(&refusal, now);
    assert_eq!(fresh.start(now).unwrap_err().until, now + WINDOW);
}

#[test]
fn an_answer_without_numbers_counts_as_one_request() {
    let now = Instant::now();
    let mut window = known(2, now);
    window.start(now).unwrap();
    window.settle(&Signal::default(), now);
    window.start(now).unwrap();
    window.settle(&Signal::default(), now);
    assert!(window.start(now).is_err());
}

#[test]
fn a_request_that_was_never_written_costs_nothing() {
    let now = Instant::now();
    let mut window = known(1, now);
    window.start(now).unwrap();
    assert!(window.start(now).is_err());
    window.unsent();
    window.start(now).unwrap();
}

#[test]
fn a_class_leaves_a_part_of_the_window_to_those_before_it_until_its_end_is_near() {
    let now = Instant::now();
    for (class, leaves) in Class::ALL.into_iter().zip([0, 5, 10, 15]) {
        let mut window = known(50, now);
        let taken = (0..60).take_while(|_| window.take(Take::One, class, now).is_ok());
        assert_eq!(taken.count(), 50 - leaves, "{class:?}");
        if leaves > 0 {
            let wait = window.take(Take::One, class, now).unwrap_err();
            assert_eq!((wait.until, wait.certain), (now + seconds(50), false));
            window.take(Take::One, class, wait.until).unwrap();
        }
    }
}

#[test]
fn nothing_is_let_through_for_which_one_of_a_class_before_waits() {
    let now = Instant::now();
    let mut window = known(20, now);
    for holder in [0, 1] {
        window.mine = Promised::default();
        window.others = Promised::default();
        let waiting = match holder {
            0 => &mut window.mine.waiting,
            _ => &mut window.others.waiting,
        };
        waiting[Class::Polling as usize] = true;
        assert!(window.take(Take::One, Class::Bulk, now).is_err());
        for class in [Class::Interactive, Class::Event, Class::Polling] {
            window.take(Take::One, class, now).unwrap();
        }
    }
}

#[test]
fn what_was_promised_to_a_call_is_its_own_whoever_waits() {
    let now = Instant::now();
    let mut window = known(50, now);
    window.take(Take::Aside(2), Class::Bulk, now).unwrap();
    window.others.waiting[Class::Interactive as usize] = true;
    window.take(Take::Reserved, Class::Bulk, now).unwrap();
    assert!(window.take(Take::One, Class::Bulk, now).is_err());
}

/// A server that counts, and a client that follows the window: whatever the
/// order of answers and however many others there are, the server never has to
/// refuse one of ours as long as the others are seen in time.
#[test]
fn thirty_documents_of_two_requests_never_meet_a_refusal() {
    let start = Instant::now();
    for in_flight in [1, 2, 5, 16] {
        let mut now = start;
        let (mut window, mut used, mut number) = (Window::new(), 0_u32, 1_u64);
        let (mut waiting, mut running, mut done) = (30_u32, 0_u32, 0_u32);
        while done < 30 {
            while running < in_flight && waiting > 0 && window.reserve(2, now).is_ok() {
                running += 1;
                waiting -= 1;
            }
            if running == 0 {
                let wait = window.reserve(2, now).unwrap_err();
                assert!(wait.until > now);
                now = wait.until;
                used = 0;
                number += 1;
                continue;
            }
            for _ in 0..2 {
                window.start_reserved(now).unwrap();
                used += 1;
                assert!(used <= 50, "the server refused with {in_flight} in flight");
                let ends_in = 60 - (now.duration_since(start).as_secs() % 60);
                window.settle(&answer(50 - used, number, ends_in), now);
            }
            running -= 1;
            done += 1;
        }
    }
}
