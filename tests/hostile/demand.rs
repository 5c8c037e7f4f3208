//! One test for each guest, by its name.
//!
//! The list of guests is that of the folder. A name in it that is no function
//! in `cases` does not compile: no guest goes untested.

macro_rules! demand {
    ($($guest:ident)*) => {
        $(
            #[test]
            fn $guest() {
                crate::attempt(stringify!($guest), cases::$guest);
            }
        )*
    };
}
