//! Any history, and any bytes.

use super::*;
use proptest::prelude::*;

use super::damage::{check_damage, check_prefix};

/// Histories as servers write them, without contradictions.
fn any_history() -> impl Strategy<Value = Vec<Record>> {
    let step =
        (0..6, prop::sample::select(vec!["a", "B", "b", "Lucas", "用户", "x y", "r2", "R2"]));
    prop::collection::vec(step, 0..25).prop_map(|steps| {
        let (mut kept, mut history) = (Kept::default(), Vec::new());
        for (kind, name) in steps {
            let record = match kind {
                0 => user(&name.replace(' ', "_")),
                1 => open_room(name),
                2 => locked_room(name),
                3 => new_password(&name.replace(' ', "_")),
                4 => forgotten(&name.replace(' ', "_")),
                _ => removed(name),
            };
            if kept.fits(&record) {
                kept.apply(record.clone());
                history.push(record);
            }
        }
        history
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn any_prefix_of_any_journal_opens_to_a_prefix(
        history in any_history(),
        cut: prop::sample::Index,
    ) {
        let bytes = written(&history).into_bytes();
        let (_folder, path) = folder();
        check_prefix(&path, &history, &bytes, cut.index(bytes.len() + 1));
    }

    #[test]
    fn any_damaged_byte_of_any_journal_is_noticed(
        history in any_history(),
        at: prop::sample::Index,
        mask in 1u8..,
    ) {
        let bytes = written(&history).into_bytes();
        // Without its end, a header is no header.
        prop_assume!(!history.is_empty());
        let (_folder, path) = folder();
        check_damage(&path, &history, &bytes, at.index(bytes.len()), mask);
    }

    #[test]
    fn any_history_is_there_after_appending_and_rewriting(history in any_history()) {
        let (_folder, path) = folder();
        let (mut journal, _) = Journal::open(&path).unwrap();
        for record in &history {
            journal.append(record).unwrap();
        }
        prop_assert_eq!(fs::read_to_string(&path).unwrap(), written(&history));
        drop(journal);
        let (mut journal, kept) = Journal::open(&path).unwrap();
        prop_assert_eq!(shown(&kept.records()), standing(&history));
        journal.append(&user("newcomer")).unwrap();
        drop(journal);
        let all = [history, vec![user("newcomer")]].concat();
        prop_assert_eq!(stored(&path), standing(&all));
    }

    #[test]
    fn no_bytes_panic_the_replay(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        after_a_header: bool,
    ) {
        let (_folder, path) = folder();
        let header = if after_a_header { format!("{HEADER}\n").into_bytes() } else { Vec::new() };
        fs::write(&path, [header, bytes].concat()).unwrap();
        let _ = Journal::open(&path);
    }
}
