//! Cases as a platform hands them to the service.

use serde_json::{Value, json};

use crate::service::{Answer, Serving};

/// A case of a person with documents, each in a file of its name.
pub fn case_of(source_id: &str, last_name: &str, documents: &[&str]) -> Value {
    let documents: Vec<Value> = documents
        .iter()
        .map(|file| json!({"source_id": file, "file": file, "approved": true}))
        .collect();
    json!({
        "source_id": source_id,
        "client": {"first_name": "Ann", "last_name": last_name,
            "email": format!("{}@example.com", last_name.to_lowercase())},
        "matter": {"title": format!("{last_name} v. Harbor")},
        "documents": documents,
    })
}

/// The parts of a request as `multipart/form-data`, and its media type.
pub fn multipart(parts: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    let boundary = "a-boundary-of-the-tests";
    let mut body = Vec::new();
    for (name, bytes) in parts {
        body.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; \
                 filename=\"any\"\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

impl Serving {
    /// Posts a case with its files.
    pub async fn post_case(
        &self,
        connection: &str,
        key: &str,
        case: &Value,
        files: &[(&str, &[u8])],
        headers: &[(&str, &str)],
    ) -> Answer {
        let case = case.to_string();
        let mut parts = vec![("case", case.as_bytes())];
        parts.extend_from_slice(files);
        let (media_type, body) = multipart(&parts);
        let authorization = format!("Bearer {key}");
        let mut all = vec![
            ("Authorization", authorization.as_str()),
            ("Content-Type", media_type.as_str()),
        ];
        all.extend_from_slice(headers);
        let path = format!("/v1/connections/{connection}/cases");
        self.send("POST", &path, &all, &body).await
    }

    /// The connection's cases, newest first.
    pub async fn cases(&self, connection: &str, key: &str) -> Vec<Value> {
        let path = format!("/v1/connections/{connection}/cases?limit=200");
        let listed = self.ask("GET", &path, key, None).await.expect_status(200);
        listed.json()["cases"].as_array().expect("a list").clone()
    }

    /// Waits until the connection has so many cases, and each is in Clio.
    pub async fn wait_for_cases(&self, connection: &str, key: &str, count: usize) -> Vec<Value> {
        let limit = std::time::Duration::from_secs(60);
        let began = std::time::Instant::now();
        loop {
            let cases = self.cases(connection, key).await;
            let done = cases.iter().filter(|case| case["status"] == "done").count();
            if done == count && cases.len() == count {
                return cases;
            }
            assert!(began.elapsed() < limit, "{cases:#?}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}
