//! The engines that the conformance suite runs on.

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
}

/// Makes a test for each engine of each `async fn(Fixture)` named.
macro_rules! conformance {
    ($($claim:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $claim() {
                $crate::server::run($crate::engines::Engine::Sqlite, super::$claim);
            })+
        }
    };
}
