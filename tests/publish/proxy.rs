//! Proxy variables (rule G82). They are read from the environment of a process, so the test
//! runs itself once more in one that has them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Command;

use krgate::diagnostic::Code;

use crate::scene::{failure, on_every_server, sentence, with_check_run};

const INSIDE: &str = "KRGATE_TEST_BEHIND_PROXY";

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the test run, not of the program"
)]
fn github_g082_a_proxy_is_asked_for_a_tunnel() {
    if std::env::var_os(INSIDE).is_some() {
        return behind_a_proxy();
    }
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        let _ = stream.write_all(b"HTTP/1.1 403 no\r\ncontent-length: 0\r\n\r\n");
        line
    });
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "proxy::github_g082_a_proxy_is_asked_for_a_tunnel",
        ])
        .env(INSIDE, "1")
        .env("HTTPS_PROXY", &address)
        .env_remove("https_proxy")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    assert_eq!(
        asked.join().unwrap(),
        "CONNECT github.invalid:443 HTTP/1.1\r\n"
    );
}

fn behind_a_proxy() {
    on_every_server(|scene| {
        scene.target.api_url = "https://github.invalid".to_owned();
        let played = scene.play(&with_check_run(1));
        let fault = failure(played.outcomes.check_run.as_ref());
        assert_eq!(fault.code, Code::PublishFailed);
        let told = sentence(&fault.message);
        assert!(told.ends_with(": no connection to GitHub"), "{told}");
    });
}
