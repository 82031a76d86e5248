#include "local/echo_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <boost/asio.hpp>
#include <nlohmann/json.hpp>

#include "base/http_client.h"

namespace amime::local {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;

std::shared_ptr<EchoApp> app(std::string name, std::vector<EchoCall> calls = {}) {
  return std::make_shared<EchoApp>(EchoIdentity{.name = std::move(name), .version = "v1", .calls = std::move(calls)});
}
std::string at(const absl::StatusOr<std::uint16_t>& port) {
  EXPECT_TRUE(port.ok()) << port.status();
  return "127.0.0.1:" + std::to_string(*port);
}

// A plain client: sends, then reads until `until` has been seen or the server closed.
std::string talk(std::uint16_t port, const std::string& bytes, const std::string& until) {
  boost::asio::io_context context;
  tcp::socket socket(context);
  socket.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  boost::asio::write(socket, boost::asio::buffer(bytes));
  std::string out;
  boost::system::error_code error;
  if (!until.empty()) boost::asio::read_until(socket, boost::asio::dynamic_buffer(out), until, error);
  return out;
}

TEST(EchoServer, Http1KeepsAlive) {
  EchoServer server(2);
  base::HttpClient client(at(server.listen("127.0.0.1:0", EchoKind::kHttp, app("a"))));
  for (int i = 0; i < 3; ++i) {
    auto answer = client.get("/x", {{"Host", "h.example"}});
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(json::parse(answer->body)["host"], "h.example");
    EXPECT_EQ(json::parse(answer->body)["protocol"], "HTTP/1.1");
  }
}

// Collects what an HTTP/2 client session sees.
struct Http2Client {
  std::string out, body, status;
  bool done = false;
  std::uint32_t error = 0;
};

std::string http2_get(std::uint16_t port, const std::vector<std::pair<std::string, std::string>>& extra, Http2Client* result) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame*, const uint8_t* n, size_t nl, const uint8_t* v, size_t vl, uint8_t, void* user) {
        if (std::string_view(reinterpret_cast<const char*>(n), nl) == ":status")
          static_cast<Http2Client*>(user)->status.assign(reinterpret_cast<const char*>(v), vl);
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks, [](nghttp2_session*, uint8_t, int32_t, const uint8_t* d, size_t l, void* user) {
        static_cast<Http2Client*>(user)->body.append(reinterpret_cast<const char*>(d), l);
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, [](nghttp2_session*, int32_t, uint32_t error, void* user) {
    static_cast<Http2Client*>(user)->done = true;
    static_cast<Http2Client*>(user)->error = error;
    return 0;
  });
  nghttp2_session* session = nullptr;
  nghttp2_session_client_new(&session, callbacks, result);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_submit_settings(session, 0, nullptr, 0);
  std::vector<std::pair<std::string, std::string>> headers = {
      {":method", "GET"}, {":path", "/p"}, {":scheme", "http"}, {":authority", "h2.example"}};
  headers.insert(headers.end(), extra.begin(), extra.end());
  std::vector<nghttp2_nv> fields;
  for (auto& [n, v] : headers)
    fields.push_back(
        {reinterpret_cast<uint8_t*>(n.data()), reinterpret_cast<uint8_t*>(v.data()), n.size(), v.size(), NGHTTP2_NV_FLAG_NONE});
  nghttp2_submit_request(session, nullptr, fields.data(), fields.size(), nullptr, nullptr);
  boost::asio::io_context context;
  tcp::socket socket(context);
  socket.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  boost::system::error_code error;
  while (!result->done && !error) {
    const uint8_t* data = nullptr;
    for (ssize_t size; (size = nghttp2_session_mem_send(session, &data)) > 0;)
      boost::asio::write(socket, boost::asio::buffer(data, static_cast<size_t>(size)));
    uint8_t buffer[4096];
    const auto size = socket.read_some(boost::asio::buffer(buffer), error);
    nghttp2_session_mem_recv(session, buffer, size);
  }
  nghttp2_session_del(session);
  return result->body;
}

TEST(EchoServer, Http2WithPriorKnowledge) {
  EchoServer server(1);
  auto port = server.listen("127.0.0.1:0", EchoKind::kHttp, app("a"));
  Http2Client seen;
  const auto body = json::parse(http2_get(*port, {{"x-echo-status", "404"}, {"x-echo-delay", "10ms"}}, &seen));
  EXPECT_EQ(seen.status, "404");
  EXPECT_EQ(body["protocol"], "HTTP/2");
  EXPECT_EQ(body["host"], "h2.example");
  EXPECT_EQ(body["path"], "/p");
  Http2Client reset;
  http2_get(*port, {{"x-echo-reset", "1"}}, &reset);
  EXPECT_EQ(reset.error, static_cast<std::uint32_t>(NGHTTP2_INTERNAL_ERROR));
}

TEST(EchoServer, TcpLinesAndAuto) {
  EchoServer server(1);
  auto lines = server.listen("127.0.0.1:0", EchoKind::kLines, app("db"));
  auto any = server.listen("127.0.0.1:0", EchoKind::kAuto, app("any"));
  EXPECT_EQ(talk(*lines, "hello\n", "\n"), "db/v1 hello\n");
  EXPECT_EQ(talk(*any, "hello\n", "\n"), "any/v1 hello\n");
  EXPECT_THAT(talk(*any, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "}\n"), HasSubstr("\"name\":\"any\""));
}

TEST(EchoServer, Delays) {
  EchoServer server(1);
  base::HttpClient client(at(server.listen("127.0.0.1:0", EchoKind::kHttp, app("a"))));
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(client.get("/", {{"x-echo-delay", "0.06"}}).ok());
  EXPECT_GE(std::chrono::steady_clock::now() - start, 60ms);
}

TEST(EchoServer, CallsOthersWithTheUsersHeaders) {
  EchoServer server(1);
  const auto ratings = at(server.listen("127.0.0.1:0", EchoKind::kHttp, app("ratings")));
  const auto front =
      at(server.listen("127.0.0.1:0", EchoKind::kHttp, app("front", {{"http://ratings:9080/r", ratings}, {"http://x/", "127.0.0.1:1"}})));
  auto answer = base::HttpClient(front).get("/", {{"end-user", "jason"}});
  ASSERT_TRUE(answer.ok()) << answer.status();
  const auto body = json::parse(answer->body);
  EXPECT_EQ(body["calls"][0]["status"], 200);
  EXPECT_EQ(body["calls"][0]["answer"]["name"], "ratings");
  EXPECT_EQ(body["calls"][0]["answer"]["host"], "ratings:9080");
  EXPECT_EQ(body["calls"][0]["answer"]["headers"]["end-user"], "jason");
  EXPECT_EQ(body["calls"][1]["status"], 0);
}

TEST(EchoServer, InUseAndClose) {
  EchoServer server(1);
  auto port = server.listen("127.0.0.1:0", EchoKind::kHttp, app("a"));
  const auto address = at(port);
  base::HttpClient client(address);
  ASSERT_TRUE(client.get("/").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(server.listen(address, EchoKind::kHttp, app("b")).status()));
  server.close("127.0.0.1", *port);
  EXPECT_TRUE(absl::IsUnavailable(client.get("/").status()));
  EXPECT_TRUE(server.listen(address, EchoKind::kHttp, app("b")).ok());
}

TEST(EchoServer, EndsWithOpenConnectionsAndDelays) {
  auto server = std::make_unique<EchoServer>(2);
  auto port = server->listen("127.0.0.1:0", EchoKind::kHttp, app("a"));
  talk(*port, "GET / HTTP/1.1\r\nHost: h\r\nx-echo-delay: 3600\r\n\r\n", "");
  base::HttpClient client(at(port));
  ASSERT_TRUE(client.get("/").ok());
  server.reset();  // must return, and under asan leak nothing
}

}  // namespace
}  // namespace amime::local
