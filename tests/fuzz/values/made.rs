//! Values of a type, made of numbers.

use clio_host::fuzzing::{Shape, Val};

/// The value of a type that the numbers choose. Where they end, the simplest.
pub(crate) fn value(shape: &Shape, choices: &[u64]) -> Val {
    Maker { choices, at: 0 }.value(shape)
}

struct Maker<'c> {
    choices: &'c [u64],
    at: usize,
}

impl Maker<'_> {
    fn next(&mut self) -> u64 {
        let choice = self.choices.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        choice
    }

    /// A length: small, and 0 once the numbers are used up, so that every type
    /// has an end.
    fn length(&mut self) -> u64 {
        self.next() % 5
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // any bits will do
    fn value(&mut self, shape: &Shape) -> Val {
        match shape {
            Shape::Bool => Val::Bool(self.next() % 2 == 1),
            Shape::Signed(8) => Val::S8(self.next() as i8),
            Shape::Signed(16) => Val::S16(self.next() as i16),
            Shape::Signed(32) => Val::S32(self.next() as i32),
            Shape::Signed(_) => Val::S64(self.next() as i64),
            Shape::Unsigned(8) => Val::U8(self.next() as u8),
            Shape::Unsigned(16) => Val::U16(self.next() as u16),
            Shape::Unsigned(32) => Val::U32(self.next() as u32),
            Shape::Unsigned(_) => Val::U64(self.next()),
            Shape::Float32 => Val::Float32(f32::from_bits(self.next() as u32)),
            Shape::Float64 => Val::Float64(f64::from_bits(self.next())),
            Shape::Char => Val::Char(self.char()),
            Shape::String => {
                let length = self.length();
                Val::String((0..length).map(|_| self.char()).collect())
            }
            Shape::Bytes => {
                let length = self.length();
                Val::List((0..length).map(|_| Val::U8(self.next() as u8)).collect())
            }
            Shape::List(inner) => {
                let length = self.length();
                Val::List((0..length).map(|_| self.value(inner)).collect())
            }
            Shape::Fixed(inner, length) => {
                Val::FixedLengthList((0..*length).map(|_| self.value(inner)).collect())
            }
            Shape::Tuple(shapes) => Val::Tuple(shapes.iter().map(|s| self.value(s)).collect()),
            Shape::Record(fields) => Val::Record(
                fields
                    .iter()
                    .map(|(name, shape)| (name.wit.to_string(), self.value(shape)))
                    .collect(),
            ),
            Shape::Variant(cases) => {
                let (name, payload) = &cases[self.next() as usize % cases.len()];
                let payload = payload.as_ref().map(|shape| Box::new(self.value(shape)));
                Val::Variant(name.wit.to_string(), payload)
            }
            Shape::Enum(names) => {
                Val::Enum(names[self.next() as usize % names.len()].wit.to_string())
            }
            Shape::Option(inner) => match self.next() % 2 {
                0 => Val::Option(None),
                _ => Val::Option(Some(Box::new(self.value(inner)))),
            },
            Shape::Result(ok, error) => {
                let good = self.next().is_multiple_of(2);
                let side = if good { ok } else { error };
                let payload = side.as_ref().map(|shape| Box::new(self.value(shape)));
                Val::Result(if good { Ok(payload) } else { Err(payload) })
            }
            Shape::Flags(names) => {
                let bits = self.next();
                let set = names.iter().enumerate().filter(|(n, _)| bits >> n & 1 == 1);
                Val::Flags(set.map(|(_, name)| name.wit.to_string()).collect())
            }
        }
    }

    fn char(&mut self) -> char {
        let choice = self.next();
        u32::try_from(choice % 0x11_0000)
            .ok()
            .and_then(char::from_u32)
            .unwrap_or('\u{fffd}')
    }
}
