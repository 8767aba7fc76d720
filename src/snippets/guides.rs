//! How to connect the common SDKs and trackers: what to install and what to paste, with a project's own values filled in.
//! The SDKs are unchanged; all they need is the address.

use super::Snippets;
use crate::registry::{ProjectId, PublicKey};

/// What a guide is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Sentry SDKs.
    Crashes,
    /// Matomo trackers.
    PageViews,
}

/// Where a step happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Terminal,
    /// As early as possible in the program.
    Program,
    /// In the HTML of every page.
    Page,
    /// In the file of this name.
    File(&'static str),
}

/// One thing to do.
pub struct Step {
    pub place: Place,
    /// Ready to paste.
    pub code: String,
}

/// All that connects one kind of program.
pub struct Guide {
    /// For addresses, e.g. `python`.
    pub id: &'static str,
    pub name: &'static str,
    pub topic: Topic,
    pub steps: Vec<Step>,
}

struct Template {
    id: &'static str,
    name: &'static str,
    topic: Topic,
    steps: &'static [(Place, &'static str)],
}

use Place::{File, Page, Program, Terminal};

/// `{dsn}`, `{url}`, `{site}` and `{snippet}` are filled in.
const TEMPLATES: &[Template] = &[
    Template {
        id: "javascript",
        name: "JavaScript",
        topic: Topic::Crashes,
        steps: &[
            (Terminal, "npm install @sentry/browser"),
            (
                Program,
                "import * as Sentry from \"@sentry/browser\";\n\nSentry.init({\n  dsn: \"{dsn}\",\n  release: \"my-widget@1.0.0\",\n});",
            ),
        ],
    },
    Template {
        id: "node",
        name: "Node.js",
        topic: Topic::Crashes,
        steps: &[
            (Terminal, "npm install @sentry/node"),
            (
                File("instrument.mjs"),
                "import * as Sentry from \"@sentry/node\";\n\nSentry.init({\n  dsn: \"{dsn}\",\n  release: \"my-service@1.0.0\",\n});",
            ),
            (Terminal, "node --import ./instrument.mjs app.mjs"),
        ],
    },
    Template {
        id: "python",
        name: "Python",
        topic: Topic::Crashes,
        steps: &[
            (Terminal, "pip install sentry-sdk"),
            (
                Program,
                "import sentry_sdk\n\nsentry_sdk.init(\n    dsn=\"{dsn}\",\n    release=\"my-service@1.0.0\",\n)",
            ),
        ],
    },
    Template {
        id: "php",
        name: "PHP",
        topic: Topic::Crashes,
        steps: &[
            (Terminal, "composer require sentry/sentry"),
            (
                Program,
                "\\Sentry\\init([\n    'dsn' => '{dsn}',\n    'release' => 'my-site@1.0.0',\n]);",
            ),
        ],
    },
    Template {
        id: "java",
        name: "Java, Kotlin",
        topic: Topic::Crashes,
        steps: &[
            (
                File("build.gradle"),
                "implementation 'io.sentry:sentry:8.+'",
            ),
            (
                Program,
                "import io.sentry.Sentry;\n\nSentry.init(options -> {\n    options.setDsn(\"{dsn}\");\n    options.setRelease(\"my-service@1.0.0\");\n});",
            ),
        ],
    },
    Template {
        id: "dotnet",
        name: ".NET",
        topic: Topic::Crashes,
        steps: &[
            (Terminal, "dotnet add package Sentry"),
            (
                Program,
                "using var sentry = SentrySdk.Init(options =>\n{\n    options.Dsn = \"{dsn}\";\n    options.Release = \"my-service@1.0.0\";\n});",
            ),
        ],
    },
    Template {
        id: "go",
        name: "Go",
        topic: Topic::Crashes,
        steps: &[
            (Terminal, "go get github.com/getsentry/sentry-go"),
            (
                Program,
                "err := sentry.Init(sentry.ClientOptions{\n\tDsn:     \"{dsn}\",\n\tRelease: \"my-service@1.0.0\",\n})\nif err != nil {\n\tlog.Fatal(err)\n}\ndefer sentry.Flush(2 * time.Second)",
            ),
        ],
    },
    Template {
        id: "ruby",
        name: "Ruby",
        topic: Topic::Crashes,
        steps: &[
            (Terminal, "bundle add sentry-ruby"),
            (
                Program,
                "require \"sentry-ruby\"\n\nSentry.init do |config|\n  config.dsn = \"{dsn}\"\n  config.release = \"my-service@1.0.0\"\nend",
            ),
        ],
    },
    Template {
        id: "rust",
        name: "Rust",
        topic: Topic::Crashes,
        steps: &[
            (Terminal, "cargo add sentry"),
            (
                Program,
                "fn main() {\n    let _sentry = sentry::init(\"{dsn}\");\n    // the rest of the program, while _sentry lives\n}",
            ),
        ],
    },
    Template {
        id: "flutter",
        name: "Flutter",
        topic: Topic::Crashes,
        steps: &[
            (Terminal, "flutter pub add sentry_flutter"),
            (
                File("lib/main.dart"),
                "import 'package:sentry_flutter/sentry_flutter.dart';\n\nFuture<void> main() async {\n  await SentryFlutter.init(\n    (options) => options.dsn = '{dsn}',\n    appRunner: () => runApp(const MyApp()),\n  );\n}",
            ),
        ],
    },
    Template {
        id: "android",
        name: "Android",
        topic: Topic::Crashes,
        steps: &[
            (
                File("app/build.gradle"),
                "implementation 'io.sentry:sentry-android:8.+'",
            ),
            (
                File("AndroidManifest.xml"),
                "<application>\n  <meta-data android:name=\"io.sentry.dsn\" android:value=\"{dsn}\" />\n</application>",
            ),
        ],
    },
    Template {
        id: "ios",
        name: "iOS, macOS",
        topic: Topic::Crashes,
        steps: &[
            (
                File("Package.swift"),
                ".package(url: \"https://github.com/getsentry/sentry-cocoa\", from: \"8.0.0\")",
            ),
            (
                Program,
                "import Sentry\n\nSentrySDK.start { options in\n    options.dsn = \"{dsn}\"\n}",
            ),
        ],
    },
    Template {
        id: "page",
        name: "HTML",
        topic: Topic::PageViews,
        steps: &[(Page, "{snippet}")],
    },
    Template {
        id: "npm",
        name: "npm",
        topic: Topic::PageViews,
        steps: &[
            (Terminal, "npm install @jonkoops/matomo-tracker"),
            (
                Program,
                "import MatomoTracker from \"@jonkoops/matomo-tracker\";\n\nconst tracker = new MatomoTracker({\n  urlBase: \"{url}\",\n  siteId: {site},\n});\ntracker.trackPageView();",
            ),
        ],
    },
    Template {
        id: "vue",
        name: "Vue",
        topic: Topic::PageViews,
        steps: &[
            (Terminal, "npm install vue-matomo"),
            (
                Program,
                "import VueMatomo from \"vue-matomo\";\n\napp.use(VueMatomo, {\n  host: \"{url}\",\n  siteId: {site},\n  router,\n});",
            ),
        ],
    },
    Template {
        id: "angular",
        name: "Angular",
        topic: Topic::PageViews,
        steps: &[
            (Terminal, "npm install ngx-matomo-client"),
            (
                File("app.config.ts"),
                "import { provideMatomo, withRouter } from \"ngx-matomo-client\";\n\nexport const appConfig = {\n  providers: [\n    provideMatomo({ trackerUrl: \"{url}\", siteId: {site} }, withRouter()),\n  ],\n};",
            ),
        ],
    },
    Template {
        id: "image",
        name: "Image",
        topic: Topic::PageViews,
        steps: &[(
            Page,
            "<noscript>\n  <img src=\"{url}/matomo.php?idsite={site}&amp;rec=1\" alt=\"\" referrerpolicy=\"no-referrer-when-downgrade\">\n</noscript>",
        )],
    },
];

impl Guide {
    /// Every guide, with the values of this project on the server that the outside world reaches at `public_url`.
    pub fn all(public_url: &str, project: ProjectId, key: PublicKey) -> Vec<Self> {
        let snippets = Snippets::new(public_url, project, key);
        let site = project.to_string();
        let values = [
            ("{dsn}", snippets.dsn.as_str()),
            ("{snippet}", snippets.snippet.as_str()),
            ("{url}", public_url),
            ("{site}", site.as_str()),
        ];
        let fill = |text: &str| {
            values.iter().fold(text.to_owned(), |text, (name, value)| {
                text.replace(name, value)
            })
        };
        let guides = TEMPLATES.iter().map(|template| Self {
            id: template.id,
            name: template.name,
            topic: template.topic,
            steps: template
                .steps
                .iter()
                .map(|(place, code)| Step {
                    place: *place,
                    code: fill(code),
                })
                .collect(),
        });
        guides.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guide_names_this_server_and_project() {
        let key: PublicKey = "0123456789abcdef0123456789abcdef".parse().unwrap();
        let guides = Guide::all("https://telemetry.example.org", ProjectId::new(7), key);
        assert!(guides.len() >= 16);
        for guide in &guides {
            let code: String = guide.steps.iter().map(|step| step.code.as_str()).collect();
            let expected = match guide.topic {
                Topic::Crashes => {
                    "https://0123456789abcdef0123456789abcdef@telemetry.example.org/7"
                }
                Topic::PageViews => "https://telemetry.example.org",
            };
            assert!(code.contains(expected), "{}", guide.id);
            for placeholder in ["{dsn}", "{url}", "{site}", "{snippet}"] {
                assert!(!code.contains(placeholder), "{}", guide.id);
            }
        }
        let mut ids: Vec<_> = guides.iter().map(|guide| guide.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), guides.len());
    }
}
