//! The words that answers are made of.

use dictionary::wire::{Counts, Ending, Outcome};
use dictionary::{Code, Reject};
use serde_json::{Value, json};

#[test]
fn a_code_has_one_name_everywhere_and_an_explanation() {
    let mut names: Vec<_> = Code::ALL.map(Code::as_str).to_vec();
    for code in Code::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), Value::from(code.as_str()));
        assert!(code.explanation().ends_with('.'), "{}", code.as_str());
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
}

#[test]
fn counts_add_up_only_when_every_row_is_accounted_for() {
    let counts = Counts { received: 10, inserted: 4, replaced: 1, unchanged: 2, rejected: 2, withheld: 1 };
    assert!(counts.add_up());
    assert!(!Counts { received: 11, ..counts }.add_up());
    assert!(Counts::default().add_up());
}

#[test]
fn the_ending_says_all_some_or_none() {
    let ending = |inserted, rejected| {
        Counts { received: inserted + rejected, inserted, rejected, ..Counts::default() }.ending()
    };
    assert_eq!([ending(5, 0), ending(4, 1), ending(0, 5)], [Ending::All, Ending::Some, Ending::None]);
    assert_eq!(Counts { received: 5, rejected: 1, withheld: 4, ..Counts::default() }.ending(), Ending::None);
}

#[test]
fn an_outcome_has_its_counts_beside_its_sentence_and_can_be_read_again() {
    let reject: Reject = serde_json::from_value(json!({
        "row": 2,
        "line": null,
        "errors": [{ "code": "missing-cell", "field": "job_name", "cell": null, "message": "short" }]
    }))
    .unwrap();
    let outcome = Outcome {
        response: "1 of 2 rows inserted into jobs, 1 rejected".to_owned(),
        batch: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
        table: "jobs".to_owned(),
        counts: Counts { received: 2, inserted: 1, rejected: 1, ..Counts::default() },
        rejects: vec![reject],
    };
    let json = serde_json::to_value(&outcome).unwrap();
    assert_eq!((&json["received"], &json["inserted"], &json["rejected"]), (&json!(2), &json!(1), &json!(1)));
    let error = json["rejects"][0]["errors"][0].as_object().unwrap();
    assert!(error["cell"].is_null() && !error.contains_key("constraint") && !error.contains_key("expected"));
    assert_eq!(serde_json::from_value::<Outcome>(json).unwrap(), outcome);
}
