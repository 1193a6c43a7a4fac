use std::collections::BTreeMap;
use std::time::Duration;

use super::*;

fn layers(environment: &[(&str, &str)]) -> Layers {
    let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let home = ("VITA_HOME".to_owned(), "/nonexistent/vita".to_owned());
    Layers { environment, dotenv: BTreeMap::from([home]), ..Layers::default() }
}

fn problems(environment: &[(&str, &str)]) -> String {
    load(layers(environment)).expect_err("a bad value").to_string()
}

#[test]
fn nothing_configured_means_the_specifications_values_and_the_demo() {
    let settings = load(layers(&[])).expect("defaults").settings;
    assert!(settings.is_demo() && settings.use_fallback && settings.auto_switch);
    assert_eq!(settings.preferred, "llama");
    assert_eq!(settings.health_check_interval, Duration::from_secs(60));
    assert_eq!((settings.max_retries, settings.max_concurrent, settings.rate_per_minute), (3, Some(10), Some(60)));
    assert_eq!(settings.request_timeout, Duration::from_secs(30));
    let names: Vec<_> = settings.providers.iter().map(|provider| provider.name.as_str()).collect();
    assert_eq!(names, ["llama", "qwen"]);
    assert_eq!(settings.providers[1].models[&Task::Long], "qwen-long");
}

#[test]
fn the_environment_wins_over_the_env_file_and_a_flag_over_both() {
    let mut layers = layers(&[("MAX_RETRY_COUNT", "2"), ("VITA_LANG", "en")]);
    layers.dotenv.insert("MAX_RETRY_COUNT".into(), "1".into());
    layers.dotenv.insert("REQUEST_TIMEOUT".into(), "2.5".into());
    layers.flags.insert("VITA_LANG".into(), "zh".into());
    let loaded = load(layers).expect("settings");
    assert_eq!(loaded.settings.max_retries, 2);
    assert_eq!(loaded.settings.request_timeout, Duration::from_millis(2500));
    assert_eq!(loaded.settings.language, Language::Zh);
    let origin = |name: &str| loaded.shown.iter().find(|shown| shown.name == name).map(|shown| shown.origin);
    assert_eq!(origin("MAX_RETRY_COUNT"), Some(Origin::Environment));
    assert_eq!(origin("REQUEST_TIMEOUT"), Some(Origin::DotEnv));
    assert_eq!(origin("VITA_LANG"), Some(Origin::Flag));
    assert_eq!(origin("CURRENCY"), Some(Origin::Default));
}

#[test]
fn every_bad_value_is_named_at_once_with_what_is_allowed() {
    let text = problems(&[("MAX_RETRY_COUNT", "many"), ("REQUEST_TIMEOUT", "-1"), ("VITA_LANG", "fr")]);
    for part in ["MAX_RETRY_COUNT = \"many\" (from environment)", "REQUEST_TIMEOUT = \"-1\"", "zh or en"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_key_is_never_shown_neither_as_a_value_nor_in_an_error() {
    let loaded = load(layers(&[("LLAMA_API_KEY", "LLM|1|test-key")])).expect("settings");
    assert!(!format!("{loaded:?}").contains("test-key"));
    assert!(!problems(&[("QWEN_API_KEY", "sk-test-key\u{7}é")]).contains("test-key"));
}

#[test]
fn a_key_of_another_services_form_is_a_warning() {
    let loaded = load(layers(&[("LLAMA_API_KEY", "sk-test-key")])).expect("settings");
    assert_eq!(loaded.warnings.len(), 1);
    assert!(loaded.warnings[0].contains("LLAMA_API_KEY") && !loaded.warnings[0].contains("test-key"));
}

#[test]
fn a_base_url_alone_configures_a_provider_and_a_lone_backup_is_preferred() {
    let url = "http://127.0.0.1:9/v1";
    let settings = load(layers(&[("QWEN_API_BASE_URL", url)])).expect("settings").settings;
    assert!(!settings.is_demo());
    assert_eq!(settings.preferred, "qwen");
    assert!(!settings.providers[0].is_configured() && settings.providers[1].is_configured());
}

#[test]
fn a_base_url_that_repeats_the_default_configures_nothing() {
    let url = "https://api.llama-api.com/v1";
    assert!(load(layers(&[("LLAMA_API_BASE_URL", url)])).expect("settings").settings.is_demo());
}

#[test]
fn prefer_llama_false_prefers_the_next_provider_of_the_table() {
    assert_eq!(load(layers(&[("PREFER_LLAMA", "false")])).expect("settings").settings.preferred, "qwen");
}

/// Settings with this configuration file.
fn with_file(text: &str) -> Result<Loaded, ConfigError> {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("config.toml"), text).expect("written");
    let mut layers = layers(&[]);
    layers.flags.insert("VITA_HOME".into(), home.path().display().to_string());
    load(layers)
}

fn price(text: &str) -> Price {
    Price::per_thousand(text).expect("a price")
}

#[test]
fn what_is_known_of_models_comes_with_its_date() {
    let settings = load(layers(&[])).expect("defaults").settings;
    let [llama, qwen] = &settings.providers[..] else { panic!("two providers") };
    assert_eq!((llama.tokens_per_minute, qwen.tokens_per_minute), (Some(1_000_000), Some(1_200_000)));
    let plus = ModelFacts {
        prices: Some(Prices { input: price("0.0008"), output: price("0.002"), cached_input: Some(price("0.00016")) }),
        context: Some(131_072),
        continues: true,
        as_of: chrono::NaiveDate::from_ymd_opt(2026, 5, 31),
    };
    assert_eq!(qwen.facts["qwen-plus"], plus);
    assert!(!qwen.facts["qwen-long"].continues && !llama.facts["Llama-3.3-70B-Instruct"].continues);
    let facts = || settings.providers.iter().flat_map(|provider| provider.facts.values());
    assert!(facts().all(|facts| facts.as_of.is_some()));
}

#[test]
fn a_configuration_file_changes_one_fact_and_adds_others() {
    let settings = with_file(
        "[providers.qwen]\ntokens_per_minute = 0\n[providers.qwen.facts.qwen-plus]\ncontext = 1_000_000\n\
         [providers.llama.facts.mine]\ncontinues = true\ninput_price = \"0.1\"\noutput_price = \"0\"\n",
    );
    let settings = settings.expect("settings").settings;
    let [llama, qwen] = &settings.providers[..] else { panic!("two providers") };
    assert_eq!(qwen.tokens_per_minute, None);
    let plus = &qwen.facts["qwen-plus"];
    assert_eq!((plus.context, plus.continues, plus.prices.is_some()), (Some(1_000_000), true, true));
    let prices = Prices { input: price("0.1"), output: price("0"), cached_input: None };
    let mine = ModelFacts { prices: Some(prices), context: None, continues: true, as_of: None };
    assert_eq!(llama.facts["mine"], mine);
}

#[test]
fn a_bad_fact_is_named() {
    for (text, named) in [
        ("[providers.x.facts.m]\ncontext = \"big\"", "providers.x.facts.m.context"),
        ("[providers.x.facts.m]\ncontext = 0", "providers.x.facts.\"m\".context = \"0\""),
        ("[providers.x.facts.m]\ninput_price = \"0.1\"", "providers.x.facts.\"m\".input_price"),
        (
            "[providers.x.facts.m]\ninput_price = \"0.1\"\noutput_price = \"1,5\"",
            "providers.x.facts.\"m\".output_price = \"1,5\"",
        ),
        ("[providers.x.facts.m]\nas_of = \"yesterday\"", "providers.x.facts.m.as_of"),
        ("[providers.x]\ntokens_per_minute = -1", "providers.x.tokens_per_minute"),
        ("[[aliases]]\nhost = \"x\"", "models"),
        ("[[retired]]\nhost = \"x\"\nmodels = []\non = \"2026-02-30\"", "retired"),
    ] {
        let error = with_file(text).expect_err(text).to_string();
        assert!(error.contains(named), "{named} in {error}");
    }
}

#[test]
fn a_host_gets_the_ids_it_wants_and_every_other_the_ids_as_they_are() {
    let hosts = load(layers(&[])).expect("defaults").settings.hosts;
    let dashscope = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1";
    assert_eq!(hosts.sent_id(dashscope, "Qwen/Qwen2.5-Coder-32B-Instruct"), "qwen2.5-coder-32b-instruct");
    assert_eq!(hosts.sent_id(dashscope, "qwen-turbo"), "qwen-turbo");
    let other = "https://api-inference.modelscope.cn/v1";
    assert_eq!(hosts.sent_id(other, "Qwen/Qwen2.5-Coder-32B-Instruct"), "Qwen/Qwen2.5-Coder-32B-Instruct");
    let turbo = hosts.retired(dashscope, "qwen-turbo").expect("a retired model");
    assert_eq!((turbo.on.to_string().as_str(), turbo.successors[0].as_str()), ("2026-07-13", "qwen3.6-flash"));
    assert_eq!(hosts.retired(other, "qwen-turbo"), None);
    assert_eq!(hosts.retired(dashscope, "qwen-plus"), None);
}

#[test]
fn no_alias_leads_to_a_retired_model() {
    let hosts = load(layers(&[])).expect("defaults").settings.hosts;
    for aliases in &hosts.aliases {
        let url = format!("https://{}/v1", aliases.host);
        for sent in aliases.models.values() {
            assert_eq!(hosts.retired(&url, sent), None, "{sent}");
        }
    }
}

#[test]
fn an_alias_of_ones_own_wins() {
    let text = "[[aliases]]\nhost = \"aliyuncs.com\"\nmodels = { \"Qwen/Qwen2-VL-72B-Instruct\" = \"mine\" }";
    let hosts = with_file(text).expect("settings").settings.hosts;
    let dashscope = "https://dashscope.aliyuncs.com/compatible-mode/v1";
    assert_eq!(hosts.sent_id(dashscope, "Qwen/Qwen2-VL-72B-Instruct"), "mine");
    assert_eq!(hosts.sent_id(dashscope, "Qwen/Qwen2-Audio-7B-Instruct"), "qwen3-asr-flash");
}

#[test]
fn a_configuration_file_adds_a_third_provider_and_changes_one_model() {
    let text = "max_retry_count = 5\n[providers.llama.models]\nchat = \"other\"\n\
                [providers.third]\nbase_url = \"http://127.0.0.1:9/v1\"\ninput_price = \"0.5\"\nmodels = { chat = \"t1\" }\n";
    let settings = with_file(text).expect("settings").settings;
    assert_eq!(settings.max_retries, 5);
    assert_eq!(settings.providers[0].models[&Task::Chat], "other");
    assert_eq!(settings.providers[0].models[&Task::Fallback], "Llama-3.3-8B-Instruct");
    assert_eq!(settings.providers[2].name, "third");
    assert!(settings.providers[2].is_configured());
}

#[test]
fn a_bad_configuration_file_says_where_without_quoting_it() {
    for (text, part) in [
        ("a = [", "line 1"),
        ("llama_api_key = \"sk-test-key\"", "environment or .env only"),
        ("max_retries = 1", "max_retries is not a setting"),
        ("[providers.x]\nurl = \"y\"", "url"),
    ] {
        let error = with_file(text).expect_err(text).to_string();
        assert!(error.contains(part) && !error.contains("sk-test-key"), "{error}");
    }
}
