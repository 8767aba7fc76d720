use serde_json::json;

use super::testing::Database;
use super::*;
use crate::privacy::ip::IpMask;

const DOCUMENTATION_1: u128 = 0xc000_0200;
const DOCUMENTATION_2: u128 = 0xc633_6400;
const DOCUMENTATION_V6: u128 = 0x2001_0db8 << 96;

fn place<'a>(geography: &'a Geography, address: &str) -> Place<'a> {
    geography.place(IpMask::default().mask(address.parse().unwrap()))
}

fn known<'a>(country: &'a str, region: &'a str, city: &'a str) -> Place<'a> {
    Place {
        country,
        region,
        city,
    }
}

#[test]
fn flat_records() {
    let bytes = Database::new(128)
        .with(DOCUMENTATION_1, 96 + 24, &json!({"country_code": "DE"}))
        .with(
            DOCUMENTATION_V6,
            32,
            &json!({
                "city": "Graz", "country_code": "AT", "latitude": 47.1, "longitude": 15.4, "postcode": "8010",
                "state1": "Styria", "state2": "Graz Stadt", "timezone": "Europe/Vienna",
            }),
        )
        .bytes(1_700_000_000);
    let geography = Geography::new(bytes).unwrap();
    assert_eq!(place(&geography, "192.0.2.9"), known("DE", "", ""));
    assert_eq!(place(&geography, "::ffff:192.0.2.9"), known("DE", "", ""));
    assert_eq!(
        place(&geography, "2001:db8::1"),
        known("AT", "Styria", "Graz")
    );
    assert_eq!(place(&geography, "203.0.113.9"), Place::default());
    assert_eq!(geography.built_at(), 1_700_000_000);
}

#[test]
fn nested_records() {
    let bytes = Database::new(128)
        .with(
            DOCUMENTATION_1,
            96 + 24,
            &json!({
                "city": {"geoname_id": 1, "names": {"de": "München", "en": "Munich", "fr": "Munich"}},
                "continent": {"code": "EU", "names": {"en": "Europe"}},
                "country": {"geoname_id": 2, "iso_code": "DE", "names": {"en": "Germany"}},
                "location": {"accuracy_radius": 20, "latitude": 48.1, "time_zone": "Europe/Berlin"},
                "registered_country": {"iso_code": "US"},
                "subdivisions": [{"iso_code": "BY", "names": {"de": "Bayern", "en": "Bavaria"}}, {"iso_code": "X"}],
            }),
        )
        .with(
            DOCUMENTATION_2,
            96 + 24,
            &json!({
                "city": {"names": {"ja": "東京"}}, "country": {"iso_code": "JP"}, "subdivisions": [{"iso_code": "13"}],
            }),
        )
        .with(DOCUMENTATION_V6, 32, &json!({"country": {"iso_code": "FRA"}, "subdivisions": []}))
        .bytes(1);
    let geography = Geography::new(bytes).unwrap();
    assert_eq!(
        place(&geography, "192.0.2.9"),
        known("DE", "Bavaria", "Munich")
    );
    assert_eq!(place(&geography, "198.51.100.7"), known("JP", "13", ""));
    assert_eq!(place(&geography, "2001:db8::1"), Place::default());
}

#[test]
fn several_files() {
    let record = |country, city| json!({"country_code": country, "state1": "Region", "city": city});
    let v4 = Database::new(32)
        .with(DOCUMENTATION_1, 24, &record("DE", "Ulm"))
        .bytes(300);
    let v6 = Database::new(128)
        .with(DOCUMENTATION_V6, 32, &record("AT", "Graz"))
        .bytes(100);
    let countries = Database::new(128)
        .with(DOCUMENTATION_1, 96 + 24, &json!({"country_code": "CH"}))
        .with(DOCUMENTATION_2, 96 + 24, &json!({"country_code": "FR"}))
        .bytes(200);
    let cities = Geography::new(v4.clone()).unwrap();
    assert_eq!(place(&cities, "192.0.2.9").city, "Ulm");
    assert_eq!(place(&cities, "2001:db8::1"), Place::default());
    let cities = cities.and(v6.clone()).unwrap();
    assert_eq!(place(&cities, "192.0.2.9"), known("DE", "Region", "Ulm"));
    assert_eq!(place(&cities, "2001:db8::1"), known("AT", "Region", "Graz"));
    assert_eq!(cities.built_at(), 100);
    let all = Geography::new(countries)
        .unwrap()
        .and(v4)
        .unwrap()
        .and(v6)
        .unwrap();
    assert_eq!(place(&all, "192.0.2.9"), known("DE", "Region", "Ulm"));
    assert_eq!(place(&all, "198.51.100.7"), known("FR", "", ""));
}

#[test]
fn what_is_no_database_is_refused_and_a_strange_record_is_no_place() {
    assert!(Geography::new(Vec::new()).is_err());
    assert!(Geography::new(b"<html>not found</html>".to_vec()).is_err());
    let strange = json!({"country_code": 7, "city": ["Ulm"]});
    let bytes = Database::new(32)
        .with(DOCUMENTATION_1, 24, &strange)
        .bytes(1);
    let geography = Geography::new(bytes).unwrap();
    assert_eq!(place(&geography, "192.0.2.9"), Place::default());
}

#[test]
fn coordinates_are_coarse_or_nothing() {
    for (latitude, longitude, coarse) in [
        (48.137_154, 11.576_124, Some((48.1, 11.6))),
        (-33.868_8, 151.209_3, Some((-33.9, 151.2))),
        (0.04, -0.04, Some((0.0, 0.0))),
        (90.0, -180.0, Some((90.0, -180.0))),
        (90.1, 0.0, None),
        (0.0, 180.1, None),
        (f64::NAN, 0.0, None),
        (0.0, f64::INFINITY, None),
    ] {
        let found = Coordinates::coarsened(latitude, longitude);
        assert_eq!(found.map(|at| (at.latitude, at.longitude)), coarse);
        assert!(found.is_none_or(|at| at.longitude.to_bits() != (-0.0f64).to_bits()));
    }
}
