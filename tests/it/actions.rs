//! Every kind of action, from the parameters of a tracker to the columns.

use crate::harness::Server;

/// A hit, an expression over its columns, and what that gives.
struct Case(&'static str, &'static str, &'static str);

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case("action_name=Chairs&url=https://shop.example.org/chairs?size=2%26gclid=x",
        "kind, title, host, path, query, channel", "pageview|Chairs|shop.example.org|/chairs|size=2|paid"),
    Case("e_c=Video&e_a=play&e_n=Intro&e_v=1,5",
        "kind, event_category, event_action, event_name, event_value", "event|Video|play|Intro|1.5"),
    Case("link=https://example.com/partner%3Fref=1%26utm_source=us&url=https://shop.example.org/",
        "kind, target_host, target_path, target_query", "outlink|example.com|/partner|ref=1"),
    Case("download=https://cdn.example.org/guide.pdf%3Fphone=0301234567",
        "kind, target_host, target_path, target_query", "download|cdn.example.org|/guide.pdf|"),
    Case("search=red+shoes&search_cat=Garden&search_count=7",
        "kind, search_keyword, search_category, search_count", "search|red shoes|Garden|7"),
    Case("search=nothing&search_count=0", "kind, search_count", "search|0"),
    Case("search=uncounted", "kind, search_count", "search|\\N"),
    Case("url=https://shop.example.org/find?q=jane%2540example.org",
        "kind, search_keyword", "pageview|[email]"),
    Case("c_n=Teaser&c_p=spring.png&c_t=https://shop.example.org/spring",
        "kind, content_name, content_piece, content_target", "content_impression|Teaser|spring.png|https://shop.example.org/spring"),
    Case("c_n=Teaser&c_i=click", "kind, content_name, content_interaction", "content_interaction|Teaser|click"),
    Case("idgoal=3&revenue=12.5", "kind, goal_id, revenue", "goal|3|12.5"),
    Case("idgoal=0&ec_id=A-77&revenue=40&ec_st=33&ec_tx=5&ec_sh=2&ec_dt=1&ec_items=[[\"S1\",\"Chair\",[\"Garden\",\"Wood\"],20,2]]",
        "kind, revenue, order_subtotal, order_tax, order_shipping, order_discount, items, order_key != 0",
        "order|40|33|5|2|1|[('S1','Chair',['Garden','Wood'],20,2)]|1"),
    Case("idgoal=0&revenue=20&ec_items=[[\"S1\",\"Chair\",\"Garden\",\"20,5\",\"1\"]]",
        "kind, revenue, items, order_key", "cart|20|[('S1','Chair',['Garden'],20.5,1)]|0"),
    Case("_pks=S1&_pkn=Chair&_pkc=[\"Garden\"]&_pkp=20",
        "kind, product_sku, product_name, product_categories, product_price", "pageview|S1|Chair|['Garden']|20"),
    Case("cvar={\"5\":[\"_pkc\",\"[\\\"Garden\\\"]\"],\"2\":[\"_pkp\",20.5],\"3\":[\"_pks\",\"S1\"],\"1\":[\"plan\",\"pro\"]}",
        "kind, product_sku, product_categories, product_price, page_variables", "pageview|S1|['Garden']|20.5|{'plan':'pro'}"),
    Case("dimension2=gold&dimension7=jane@example.org&cvar={\"1\":[\"plan\",\"pro\"]}&_cvar={\"2\":[\"user\",\"jane@example.org\"]}",
        "dimensions, page_variables, visit_variables", "{2:'gold',7:'[email]'}|{'plan':'pro'}|{'user':'[user]'}"),
    Case("pf_net=5&pf_srv=120&pf_tfr=9&pf_dm1=200&pf_dm2=30&pf_onl=2",
        "timing_network, timing_server, timing_transfer, timing_dom_processing, timing_dom_completion, timing_on_load", "5|120|9|200|30|2"),
    Case("ping=1", "kind", "ping"),
    Case("h=23&m=59&s=58&res=1366x768&lang=de-AT&pv_id=XsKEqV", "local_hour, screen, language, pageview_id", "23|1366x768|de|XsKEqV"),
    Case("urlref=https://www.google.de/&url=https://shop.example.org/", "channel, referrer_name, referrer_host", "search|Google|www.google.de"),
    Case("urlref=https://chatgpt.com/&url=https://shop.example.org/", "channel, referrer_name", "ai_assistant|ChatGPT"),
    Case("url=https://shop.example.org/?mtm_campaign=Spring%26mtm_kwd=chairs%26utm_source=letter%26utm_medium=email%26a=1",
        "channel, campaign_name, campaign_keyword, campaign_source, campaign_medium, query", "email|Spring|chairs|letter|email|a=1"),
    Case("action_name=See+https://example.org/?first_name=Jane%26a=1+now", "title", "See https://example.org/?a=1 now"),
];

#[tokio::test]
async fn every_kind_lands_in_its_columns() {
    let server = Server::start().await;
    for (number, Case(query, ..)) in CASES.iter().enumerate() {
        // The number comes back in a dimension of its own.
        let answer = server.hit(&format!("{query}&dimension900=n{number}")).await;
        assert_eq!(answer.status(), 200, "{query}");
    }
    server.settle().await;
    for (number, Case(query, columns, expected)) in CASES.iter().enumerate() {
        let columns = columns.replace("dimensions,", "mapFilter((k, v) -> k != 900, dimensions),");
        let found = server
            .sql(&format!(
                "SELECT {columns} FROM analytics_events WHERE dimensions[900] = 'n{number}'"
            ))
            .await;
        assert_eq!(
            found.replace('\t', "|").replace("\\'", "'"),
            *expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn errors_of_scripts_become_crash_reports() {
    let server = Server::start().await;
    let hits = [
        "e_c=JavaScript+Errors&e_a=https://shop.example.org/cart.js:10:5&e_n=Uncaught+TypeError:+items+is+undefined&ca=1",
        "ca=1&cra=items+is+undefined&cra_tp=TypeError&cra_st=pay@https://shop.example.org/cart.js:10:5&uid=4711",
    ];
    for hit in hits {
        let answer = server
            .hit(&format!("{hit}&url=https://shop.example.org/cart"))
            .await;
        assert_eq!(answer.headers()["x-mayfly-outcome"], "accepted");
    }
    server.settle().await;
    let rows =
        "SELECT exception_type, exception_value, platform, client_ip, unhandled FROM error_events";
    assert_eq!(
        server.sql(rows).await,
        ["TypeError\titems is undefined\tjavascript\t203.0.113.0\ttrue"; 2].join("\n")
    );
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "0"
    );
    assert_eq!(
        server
            .sql("SELECT countIf(user_key != 0) FROM error_events")
            .await,
        "1"
    );
}

#[tokio::test]
async fn allow_lists_keep_named_parameters_only() {
    let server = Server::start().await;
    server.set("urls.mode", "allow").await;
    server.set("urls.parameters", "page,sort*").await;
    server
        .hit("url=https://example.org/?page=2%26sorting=up%26other=1%26email=x&action_name=https://example.org/?page=1%26other=2")
        .await;
    server.settle().await;
    let row = "SELECT query, title FROM analytics_events";
    assert_eq!(
        server.sql(row).await,
        "page=2&sorting=up\thttps://example.org/?page=1"
    );
}

#[tokio::test]
async fn the_holder_of_a_token_speaks_for_others() {
    let server = Server::start().await;
    let overrides = format!(
        "cip=198.51.100.77&country=at&region=Tyrol&city=Innsbruck&lat=47.2692&long=11.4041&cdo=172800&token_auth={}",
        server.token
    );
    assert_eq!(server.hit(&overrides).await.status(), 200);
    server.settle().await;
    let row = "SELECT client_ip, country, region, city, latitude, longitude,
        dateDiff('second', occurred_at, received_at) BETWEEN 172799 AND 172801 FROM analytics_events";
    assert_eq!(
        server.sql(row).await,
        "198.51.100.0\tAT\tTyrol\tInnsbruck\t47.3\t11.4\t1"
    );
}

#[tokio::test]
async fn an_order_is_counted_once() {
    let server = Server::start().await;
    for (order, status) in [("A-1", 200), ("A-1", 400), ("A-2", 200)] {
        let answer = server
            .hit(&format!("idgoal=0&ec_id={order}&revenue=5"))
            .await;
        assert_eq!(answer.status(), status, "{order}");
    }
    let bulk = r#"{"requests":["?idsite=1&rec=1&idgoal=0&ec_id=A-2","?idsite=1&rec=1&idgoal=0&ec_id=A-3","?idsite=1&rec=1&idgoal=0&ec_id=A-3"]}"#;
    let answer = server.post("/matomo.php").body(bulk).send().await.unwrap();
    assert_eq!(
        answer.text().await.unwrap(),
        r#"{"status":"success","tracked":1,"invalid":2}"#
    );
    server.settle().await;
    let orders = "SELECT count(), uniq(order_key) FROM analytics_events WHERE kind = 'order'";
    assert_eq!(server.sql(orders).await, "3\t3");
}
