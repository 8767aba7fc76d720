//! Countries and carriers that no detector was developed with: written down once, first run when all was done.

use super::carriers::{Carrier, Writing};
use super::people::Locale;

use Writing::{Base64, Html, Json, Plain, Url, UrlTwice};

pub const LOCALES: &[Locale] = &[
    Locale {
        first: &[
            "Mads", "Freja", "Søren", "Kirstine", "Anders", "Ingrid", "Rasmus",
        ],
        last: &[
            "Nielsen",
            "Sørensen",
            "Østergaard",
            "Kjær",
            "Holm",
            "Bækgaard",
            "Lund",
        ],
        domains: &["post.example.dk", "firma.example", "example.org"],
        calling_code: "45",
        area_codes: &["31", "42", "53", "60", "86"],
    },
    Locale {
        first: &[
            "João",
            "Inês",
            "Rui",
            "Conceição",
            "Tiago",
            "Beatriz",
            "Gonçalo",
        ],
        last: &[
            "Silva",
            "Gonçalves",
            "Araújo",
            "dos Santos",
            "Magalhães",
            "Pinto",
            "Vaz",
        ],
        domains: &["correio.example.pt", "empresa.example", "example.com"],
        calling_code: "351",
        area_codes: &["21", "22", "91", "93", "96"],
    },
    Locale {
        first: &[
            "Jiří",
            "Kateřina",
            "Ondřej",
            "Zdeňka",
            "Vojtěch",
            "Šárka",
            "Lubomír",
        ],
        last: &[
            "Dvořák",
            "Procházka",
            "Kučera",
            "Veselý",
            "Růžička",
            "Němec",
            "Tichý",
        ],
        domains: &["posta.example.cz", "obchod.example", "example.net"],
        calling_code: "420",
        area_codes: &["2", "541", "602", "724", "777"],
    },
    Locale {
        first: &[
            "Aoife", "Cillian", "Saoirse", "Declan", "Niamh", "Fionn", "Róisín",
        ],
        last: &[
            "O'Sullivan",
            "Byrne",
            "Ó Briain",
            "Fitzgerald",
            "MacCarthy",
            "Kavanagh",
            "Daly",
        ],
        domains: &["mail.example.ie", "shop.example", "example.org"],
        calling_code: "353",
        area_codes: &["1", "21", "85", "86", "87"],
    },
    Locale {
        first: &[
            "Aino", "Väinö", "Päivi", "Eero", "Sinikka", "Jyrki", "Kerttu",
        ],
        last: &[
            "Korhonen",
            "Mäkinen",
            "Hämäläinen",
            "Järvinen",
            "Laaksonen",
            "Ylönen",
            "Salo",
        ],
        domains: &["posti.example.fi", "yritys.example", "example.com"],
        calling_code: "358",
        area_codes: &["9", "40", "44", "45", "50"],
    },
];

#[rustfmt::skip]
pub const CARRIERS: &[Carrier] = &[
    // Logs of servers and containers
    (Plain, "{\"ts\":\"2026-11-22T03:40:55.123Z\",\"lvl\":\"warn\",\"svc\":\"cart-6d9f7b\",\"detail\":\"{}\"}"),
    (Plain, "03:40:55.123 [http-nio-8080-exec-4] WARN  c.e.s.c.CartController - Unexpected input: {}"),
    (Plain, "I1122 03:40:55.123456   12345 handler.go:214] dropped request: {}"),
    (Plain, "Nov 22 03:40:55 mx1 postfix/smtpd[20412]: NOQUEUE: reject: {}"),
    (Plain, "time=\"2026-11-22T03:40:55Z\" level=fatal msg=\"stopped at {}\" component=worker"),
    (Plain, "[2026-11-22 03:40:55] production.ERROR: lookup of {} came back empty {\"exception\":\"[object]\"}"),
    (Plain, "worker_3 | {} ... giving up"),
    (Plain, "retry#2 ({}) in 00:00:05"),
    // Traces
    (Plain, "Caused by: org.example.shop.RejectedException: got {}\n\tat org.example.shop.Gate.open(Gate.kt:88)\n\t... 42 more"),
    (Plain, "** (ArgumentError) cannot use {}\n    (shop 1.4.2) lib/shop/cart.ex:57: Shop.Cart.load/2"),
    (Plain, "Unhandled exception: {}\n#0      Cart.load (package:shop/cart.dart:41:7)"),
    (Plain, "fatal error: {}: file Shop/Cart.swift, line 112"),
    (Plain, "RuntimeError (nope: {}):\n  app/controllers/carts_controller.rb:31:in 'show'"),
    (Plain, "Error: refused {}\n    at async Cart.load (file:///srv/app/dist/cart.mjs:9:1234)"),
    // Requests
    (Url, "10.0.0.0 - - [22/Nov/2026:03:40:55 +0000] \"GET /find?term={}&sort=asc HTTP/2.0\" 404 153"),
    (Url, "wss://live.example/socket?room=7&hint={}"),
    (Url, "/kundenbereich/suche;s={}"),
    (UrlTwice, "android-app://com.example.shop/?url=https%3A%2F%2Fm.shop.example%2F%3Fterm%3D{}"),
    (Plain, "curl -sS -H 'X-Query: {}' https://api.shop.example/v2/find"),
    (Plain, "graphql: variables={\"input\":{\"term\":\"{}\"}} operation=FindCart"),
    // Data
    (Json, "[{\"k\":\"term\",\"v\":\"{}\"},{\"k\":\"n\",\"v\":2}]"),
    (Json, "body={\\\"cart\\\":{\\\"remark\\\":\\\"{}\\\"}}"),
    (Plain, "17;\"{}\";2026-11-22;open"),
    (Plain, "remark: '{}'\nitems:\n  - 17"),
    (Plain, "  | 17 | {} | open |"),
    (Html, "<p title=&quot;x&quot;>{}</p>"),
    (Base64, "payload={}"),
    // SQL
    (Plain, "UPDATE carts SET remark = '{}', state = 3 WHERE id = 17; -- 1 row"),
    (Plain, "sqlite3.IntegrityError: CHECK constraint failed: remark <> '{}'"),
    // Sentences
    (Plain, "Ihre Nachricht „{}“ konnte nicht zugestellt werden."),
    (Plain, "Leider ist {} bei uns nicht hinterlegt; versuchen Sie es später."),
    (Plain, "We could not match {} to any record. Try again?"),
    (Plain, "Somebody typed {} twice"),
    (Plain, "» {} «"),
];
