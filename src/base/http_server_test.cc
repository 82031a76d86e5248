#include "base/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "base/http_client.h"

namespace amime::base {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

std::string local(const HttpServer& server) { return "127.0.0.1:" + std::to_string(server.port()); }

HttpResponse describe(const HttpRequest& request) {
  const std::string* host = find_header(request.headers, "HOST");
  auto answer =
      text_response(200, request.method + " " + request.target + " " + (host ? *host : "-") + " " + request.body + " " + request.peer);
  answer.headers.emplace_back("X-Test", "yes");
  if (request.target == "/throw") throw std::runtime_error("boom");
  return answer;
}

std::unique_ptr<HttpServer> start(HttpServerOptions options = {}) {
  auto server = HttpServer::start("127.0.0.1:0", describe, options);
  EXPECT_TRUE(server.ok()) << server.status();
  return std::move(server).value();
}

// Sends raw bytes, returns everything until the server closes (at most 5 s).
std::string raw(const HttpServer& server, std::string_view bytes) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port());
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  const timeval limit{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  std::string out;
  char buffer[4096];
  for (ssize_t n; (n = recv(fd, buffer, sizeof buffer, 0)) > 0;) out.append(buffer, static_cast<std::size_t>(n));
  close(fd);
  return out;
}

TEST(HttpServer, AnswersAndKeepsTheConnection) {
  auto server = start();
  HttpClient client(local(*server));
  for (int i = 0; i < 3; ++i) {
    auto answer = client.get("/a?b=1");
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->body, "GET /a?b=1 " + local(*server) + "  127.0.0.1");
    ASSERT_NE(find_header(answer->headers, "x-test"), nullptr);
  }
}

TEST(HttpServer, PostAndHostOverride) {
  auto server = start();
  HttpRequest request;
  request.method = "POST";
  request.body = "body";
  request.headers = {{"Host", "shop.example.com"}};
  auto answer = http_fetch("http://ignored.example/x", request, local(*server));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "POST /x shop.example.com body 127.0.0.1");
}

TEST(HttpServer, HostIsTheUrlsWhenConnectOverrides) {
  auto server = start();
  auto answer = http_fetch("http://shop.example.com/x", {}, local(*server));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(answer->body, HasSubstr(" shop.example.com "));
}

TEST(HttpServer, HeadHasLengthButNoBody) {
  auto server = start();
  HttpRequest request;
  request.method = "HEAD";
  HttpClient client(local(*server));
  for (int i = 0; i < 2; ++i) {
    auto answer = client.send(request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->body, "");
    EXPECT_NE(*find_header(answer->headers, "content-length"), "0");
  }
}

TEST(HttpServer, ThrowingHandlerIs500AndTheServerLives) {
  auto server = start();
  HttpClient client(local(*server));
  EXPECT_EQ(client.get("/throw")->status, 500);
  EXPECT_EQ(client.get("/")->status, 200);
}

TEST(HttpServer, RefusesLargeAndMalformedRequests) {
  auto server = start({.max_body = 10, .max_header = 1000});
  EXPECT_THAT(raw(*server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n01234567890"), HasSubstr("413"));
  EXPECT_THAT(raw(*server, "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"), HasSubstr("413"));
  EXPECT_THAT(raw(*server, "what is this\r\n\r\n"), HasSubstr("400"));
}

TEST(HttpServer, CutsOffSlowClients) {
  auto server = start({.idle_timeout = 50ms});
  EXPECT_EQ(raw(*server, "GET / HTTP/1.1\r\nHost:"), "");
}

TEST(HttpServer, PortInUseSaysSo) {
  auto server = start();
  auto second = HttpServer::start(local(*server), describe);
  EXPECT_TRUE(absl::IsAlreadyExists(second.status())) << second.status();
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(local(*server) + " is already in use"));
}

TEST(HttpServer, BadAddressesSaySo) {
  for (const char* address : {"nonsense", "1.2.3.4:99999", "300.1.1.1:0", "::1:80", "203.0.113.7:0"})
    EXPECT_TRUE(absl::IsInvalidArgument(HttpServer::start(address, describe).status())) << address;
}

TEST(HttpServer, StopsWithOpenConnections) {
  auto server = start();
  HttpClient client(local(*server), 2s);
  ASSERT_TRUE(client.get("/").ok());
  server->stop();
  server->stop();
  EXPECT_TRUE(absl::IsUnavailable(client.get("/").status()));
}

TEST(HttpServer, ManyThreadsOfClients) {
  auto server = start();
  std::vector<std::thread> clients;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] {
      HttpClient client(local(*server));
      for (int k = 0; k < 50; ++k) good += client.get("/").ok();
    });
  for (auto& client : clients) client.join();
  EXPECT_EQ(good, 400);
}

TEST(HttpClient, ReopensAConnectionThatTheServerClosed) {
  auto server = start({.idle_timeout = 30ms});
  HttpClient client(local(*server), 5s);
  ASSERT_TRUE(client.get("/").ok());
  raw(*server, "GET");  // returns when its own idle timeout has run, so the client's kept connection is closed as well
  EXPECT_TRUE(client.get("/").ok());
}

TEST(HttpClient, TimesOut) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(fd, 8), 0);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  HttpClient client("127.0.0.1:" + std::to_string(ntohs(address.sin_port)), 50ms);
  EXPECT_TRUE(absl::IsDeadlineExceeded(client.get("/").status()));
  close(fd);
}

TEST(HttpClient, RefusedAndBadUrl) {
  EXPECT_TRUE(absl::IsUnavailable(http_fetch("http://127.0.0.1:1/").status()));
  EXPECT_TRUE(absl::IsUnavailable(http_fetch("https://127.0.0.1:1/").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(http_fetch("ftp://127.0.0.1/").status()));
}

TEST(Http, Target) {
  const auto target = parse_target("/debug/config_dump?proxyID=a%2Fb.c&x&pretty=&q=1+2");
  EXPECT_EQ(target.path, "/debug/config_dump");
  EXPECT_EQ(target.param("proxyID"), "a/b.c");
  EXPECT_EQ(target.param("q"), "1 2");
  EXPECT_TRUE(target.query.contains("x"));
  EXPECT_EQ(target.param("none"), "");
  EXPECT_EQ(parse_target("/a%").path, "/a%");
}

TEST(Http, SplitHostPort) {
  std::string host;
  unsigned port = 0;
  EXPECT_TRUE(split_host_port("[::1]:80", &host, &port));
  EXPECT_EQ(host, "::1");
  EXPECT_TRUE(split_host_port(":15014", &host, &port));
  EXPECT_EQ(host, "");
  EXPECT_EQ(port, 15014u);
  for (const char* bad : {"a", "a:", "a:x", "a:65536", "::1:80", "a:-1"}) EXPECT_FALSE(split_host_port(bad, &host, &port)) << bad;
}

}  // namespace
}  // namespace amime::base
