use std::os::unix::fs::PermissionsExt;

use chrono::{DateTime, Utc};

use super::*;

async fn store() -> (tempfile::TempDir, Store) {
    let home = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", home.path().join("data/vita.db").display());
    let store = Store::open(&url, &home.path().join("state")).await.expect("a store");
    (home, store)
}

fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("a moment")
}

fn row(name: &str, value: u64) -> CounterRow {
    CounterRow { provider: "llama".into(), model: "m".into(), name: name.into(), value }
}

#[tokio::test]
async fn every_file_of_the_store_is_readable_by_its_owner_alone() {
    let (home, store) = store().await;
    store.begin_session("t", "en", false, noon()).await.expect("a session");
    let data = home.path().join("data");
    let modes: Vec<u32> = std::fs::read_dir(&data)
        .expect("the folder")
        .map(|entry| entry.expect("a file").metadata().expect("its metadata").permissions().mode() & 0o777)
        .collect();
    assert!(modes.len() >= 2, "the database and its log");
    assert!(modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
    assert_eq!(std::fs::metadata(&data).expect("the folder").permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn counters_of_two_handles_add_up() {
    let (_home, store) = store().await;
    let other = store.clone();
    let day = noon().date_naive();
    store.add_counters(day, &[row("attempts", 2), row("ok", 1)]).await.expect("added");
    other.add_counters(day, &[row("attempts", 3)]).await.expect("added");
    let mut rows = store.counters(day).await.expect("counters");
    rows.sort();
    assert_eq!(rows, [row("attempts", 5), row("ok", 1)]);
    assert_eq!(store.counters(day.succ_opt().expect("tomorrow")).await.expect("counters"), []);
}

#[tokio::test]
async fn a_session_comes_back_with_its_events_in_order_and_its_draft() {
    let (_home, store) = store().await;
    let id = store.begin_session("Backend", "en", true, noon()).await.expect("a session");
    store.append_events(&id, 0, &["a".into(), "b".into()], false, false, noon()).await.expect("appended");
    store.save_draft(&id, "half a tho").await.expect("saved");
    let record = store.session(&id[..id.len() - 4]).await.expect("by a beginning of its id");
    assert_eq!(
        (record.events.as_slice(), record.draft.as_str()),
        (["a".to_owned(), "b".to_owned()].as_slice(), "half a tho")
    );
    store.append_events(&id, 2, &["c".into()], true, true, noon()).await.expect("appended");
    let record = store.session(&id).await.expect("a session");
    assert_eq!((record.draft.as_str(), record.head.finished), ("", true));
    assert_eq!(store.unfinished_sessions().await.expect("asked"), []);
}

#[tokio::test]
async fn an_event_is_never_written_twice_under_one_number() {
    let (_home, store) = store().await;
    let id = store.begin_session("t", "en", false, noon()).await.expect("a session");
    store.append_events(&id, 0, &["a".into()], false, false, noon()).await.expect("appended");
    store.append_events(&id, 0, &["again".into()], true, false, noon()).await.expect_err("the number is taken");
    let record = store.session(&id).await.expect("a session");
    assert_eq!((record.events, record.head.finished), (vec!["a".to_owned()], false));
}

#[tokio::test]
async fn a_session_open_elsewhere_is_not_offered_until_its_lock_is_gone() {
    let (_home, store) = store().await;
    let id = store.begin_session("t", "en", false, noon()).await.expect("a session");
    assert_eq!(store.unfinished_sessions().await.expect("asked"), [], "nothing has happened in it yet");
    store.append_events(&id, 0, &["a".into()], false, false, noon()).await.expect("appended");
    let lock = store.lock_session(&id).expect("the lock");
    assert_eq!(store.unfinished_sessions().await.expect("asked"), []);
    assert!(matches!(store.lock_session(&id), Err(StoreError::SessionInUse(_))));
    drop(lock);
    assert_eq!(store.unfinished_sessions().await.expect("asked")[0].id, id);
}

#[tokio::test]
async fn an_id_that_names_a_path_is_no_session() {
    let (_home, store) = store().await;
    assert!(matches!(store.lock_session("../../etc/passwd"), Err(StoreError::NoSession(_))));
    assert!(matches!(store.session("%").await, Err(StoreError::NoSession(_))));
    for _ in 0..2 {
        store.begin_session("t", "en", false, noon()).await.expect("a session");
    }
    assert!(matches!(store.session("").await, Err(StoreError::SeveralSessions(_))));
}

#[tokio::test]
async fn many_first_starts_at_once_all_succeed_whatever_the_folder_is_called() {
    let home = tempfile::tempdir().expect("a folder");
    let state = home.path().join("100% mine?");
    let url = format!("sqlite:{}", state.join("vita.db").display());
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let (url, state) = (url.clone(), state.clone());
            tokio::spawn(async move { Store::open(&url, &state).await.map(|_| ()) })
        })
        .collect();
    for start in starts {
        start.await.expect("no panic").expect("a store");
    }
    assert!(state.join("vita.db").exists());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("vita.db");
    std::fs::write(&path, "not a database, but somebody's letter").expect("written");
    Store::open(&format!("sqlite:{}", path.display()), home.path()).await.expect_err("refused");
    assert_eq!(std::fs::read_to_string(&path).expect("read"), "not a database, but somebody's letter");
}

fn switched(reason: &str, details: SwitchDetails) -> SwitchEntry {
    SwitchEntry {
        seq: 7,
        at: noon(),
        from: "llama".into(),
        to: "qwen".into(),
        kind: SwitchKind::Auto,
        trigger: "error_rate".into(),
        reason: reason.into(),
        actor: "router".into(),
        details: Box::new(details),
    }
}

#[tokio::test]
async fn switches_are_numbered_in_the_order_they_were_written_and_keep_what_they_rest_on() {
    let (_home, store) = store().await;
    let evidence =
        Evidence { attempts: 10, error_rate_permille: 300, code: Some("Throttling".into()), ..Evidence::default() };
    let details =
        SwitchDetails { evidence, held_seconds: Some(90), cost_delta_micro: -600, ..SwitchDetails::default() };
    store.append_switch(noon().date_naive(), &switched("first", SwitchDetails::default())).await.expect("appended");
    store.append_switch(noon().date_naive(), &switched("second", details.clone())).await.expect("appended");
    let entries = [
        SwitchEntry { seq: 2, ..switched("second", details) },
        SwitchEntry { seq: 1, ..switched("first", SwitchDetails::default()) },
    ];
    assert_eq!(store.switches(10).await.expect("the log"), entries);
    assert_eq!(store.switches(1).await.expect("the log"), entries[..1]);
    assert_eq!(store.switches_of(noon().date_naive()).await.expect("counted"), 2);
}

#[tokio::test]
async fn a_switch_log_of_the_first_version_is_numbered_and_still_reads() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("vita.db");
    let all = sqlx::migrate!("src/store/migrations");
    let first = sqlx::migrate::Migrator { migrations: vec![all.migrations[0].clone()].into(), ..all };
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.expect("a database");
    first.run(&pool).await.expect("the first version");
    for (id, reason) in [("018f-a", "first"), ("018f-b", "second")] {
        sqlx::query(
            "INSERT INTO switch_log (id, day, at, from_provider, to_provider, kind, trigger_name, reason, actor)
             VALUES ($1, '2026-11-22', '2026-11-22T12:00:00.000Z', 'llama', 'qwen', 'auto', 'error_rate', $2, 'router')",
        )
        .bind(id)
        .bind(reason)
        .execute(&pool)
        .await
        .expect("inserted");
    }
    pool.close().await;
    let store = Store::open(&format!("sqlite:{}", file.display()), home.path()).await.expect("a store");
    store.append_switch(noon().date_naive(), &switched("third", SwitchDetails::default())).await.expect("appended");
    let entry = |seq, reason| SwitchEntry { seq, ..switched(reason, SwitchDetails::default()) };
    let expected = [entry(3, "third"), entry(2, "second"), entry(1, "first")];
    assert_eq!(store.switches(10).await.expect("the log"), expected);
}
