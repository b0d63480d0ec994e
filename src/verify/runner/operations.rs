use crate::verify::{
    driver::{Operation, Repeat},
    scenario::{Action, WhichToken},
};

/// What a driver is asked for in a step; `None` where the step is none of its.
pub fn operation(
    action: &Action,
    fill: &dyn Fn(&str) -> String,
    tokens: &[String],
) -> Option<Operation> {
    match action {
        Action::Token(repeat) => Some(Operation::Token(repeat.clone())),
        Action::Call(call) => Some(Operation::Call {
            method: call.method.clone(),
            path: fill(&call.path),
            body: call.body.as_deref().map(fill),
            repeat: Repeat {
                n: call.n,
                parallel: call.parallel,
                timeout_ms: call.timeout_ms.clone(),
            },
        }),
        Action::Invalidate(which) => Some(Operation::Invalidate {
            token: match which {
                // One that was not issued is a text like any other.
                WhichToken::Issued(number) => {
                    let token = number.checked_sub(1).and_then(|at| tokens.get(at));
                    token.cloned().unwrap_or_default()
                }
                WhichToken::Text(text) => fill(text),
            },
        }),
        Action::Describe => Some(Operation::Describe),
        Action::Wait(_)
        | Action::Start(_)
        | Action::Together(_)
        | Action::GarbleStore
        | Action::Stop
        | Action::Continue => None,
    }
}
