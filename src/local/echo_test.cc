#include "local/echo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "local/echo_protocol.h"

namespace amime::local {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using namespace std::chrono_literals;

// Plays the connection: answers at once from an app, keeps what was written.
struct FakeTransport : EchoTransport {
  EchoApp app{EchoIdentity{.name = "reviews", .version = "v2"}};
  std::string written;
  bool closed = false, reset = false;
  std::vector<std::pair<EchoRequest, Reply>> waiting;
  bool hold = false;
  void write(std::string bytes) override { written += bytes; }
  void close(bool abort) override { closed = true, reset = abort; }
  void ask(EchoRequest request, Reply reply) override {
    if (hold) {
      waiting.emplace_back(std::move(request), std::move(reply));
    } else {
      reply(app.answer(request));
    }
  }
};

TEST(EchoApp, SaysWhoAnsweredAndWhatArrived) {
  EchoApp app({.name = "reviews", .version = "v2"});
  const auto answer = app.answer({"HTTP/2", "GET", "/a?b", "reviews:9080", {{"x-a", "1"}, {"x-a", "2"}}, 7});
  const auto body = json::parse(answer.body);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(body["name"], "reviews");
  EXPECT_EQ(body["version"], "v2");
  EXPECT_EQ(body["protocol"], "HTTP/2");
  EXPECT_EQ(body["method"], "GET");
  EXPECT_EQ(body["path"], "/a?b");
  EXPECT_EQ(body["host"], "reviews:9080");
  EXPECT_EQ(body["headers"]["x-a"], "1,2");
  EXPECT_EQ(body["bodyBytes"], 7);
  EXPECT_EQ(*base::find_header(answer.headers, "x-echo-backend"), "reviews/v2");
}

TEST(EchoApp, HeadersTellHowToAnswer) {
  EchoApp app({.delay = 20ms, .status = 418});
  EXPECT_EQ(app.answer({}).status, 418);
  EXPECT_EQ(app.answer({}).delay, 20ms);
  EchoRequest request;
  request.headers = {{"X-Echo-Status", "503"}, {"x-echo-delay", "1.5"}, {"x-echo-set", "a=b;c=d=e;junk"}};
  const auto answer = app.answer(request);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.delay, 1500ms);
  EXPECT_EQ(*base::find_header(answer.headers, "a"), "b");
  EXPECT_EQ(*base::find_header(answer.headers, "c"), "d=e");
}

TEST(EchoApp, FailsTheFirstRequestsOfAnId) {
  EchoApp app({});
  EchoRequest request;
  request.headers = {{"x-echo-fail", "2"}, {"x-echo-id", "a"}, {"x-echo-reset", "1"}};
  EXPECT_EQ(app.answer(request).status, 503);
  EXPECT_TRUE(app.answer(request).reset);
  EXPECT_FALSE(app.answer(request).reset);
  EXPECT_EQ(app.answer(request).status, 200);
  request.headers[1].second = "b";
  EXPECT_EQ(app.answer(request).status, 503);
}

TEST(EchoApp, CallsAreInTheAnswer) {
  EchoApp app({});
  const auto body = json::parse(app.answer({}, {{"http://a/", 200, "{\"name\":\"a\"}"}, {"http://b/", 0, "refused"}}).body);
  EXPECT_EQ(body["calls"][0]["answer"]["name"], "a");
  EXPECT_EQ(body["calls"][1]["status"], 0);
  EXPECT_EQ(body["calls"][1]["answer"], "refused");
}

TEST(EchoApp, HandsOnTheUsersHeadersOnly) {
  const auto out = EchoApp::propagated({{"End-User", "jason"},
                                        {"X-Request-Id", "1"},
                                        {"x-envoy-attempt-count", "1"},
                                        {"x-forwarded-proto", "http"},
                                        {"x-echo-status", "500"},
                                        {"accept", "*/*"},
                                        {"traceparent", "t"}});
  EXPECT_EQ(out, (base::HttpHeaders{{"end-user", "jason"}, {"x-request-id", "1"}, {"traceparent", "t"}}));
}

TEST(EchoApp, Delays) {
  EXPECT_EQ(parse_delay("0.25"), 250ms);
  EXPECT_EQ(parse_delay("40ms"), 40ms);
  EXPECT_EQ(parse_delay("2s"), 2000ms);
  EXPECT_EQ(parse_delay("-1"), 0ms);
  EXPECT_EQ(parse_delay("nan"), 0ms);
  EXPECT_EQ(parse_delay("x"), 0ms);
  EXPECT_EQ(parse_delay("1e99"), 3600s);
}

TEST(EchoProtocol, Detects) {
  EXPECT_EQ(detect_protocol("", EchoKind::kHttp), 0);
  EXPECT_EQ(detect_protocol("PRI *", EchoKind::kHttp), 0);
  EXPECT_EQ(detect_protocol("PRI * HTTP/2.0\r\n", EchoKind::kHttp), 2);
  EXPECT_EQ(detect_protocol("PUT", EchoKind::kAuto), 0);
  EXPECT_EQ(detect_protocol("PUT /", EchoKind::kAuto), 1);
  EXPECT_EQ(detect_protocol("hello", EchoKind::kAuto), 'l');
  EXPECT_EQ(detect_protocol("hello", EchoKind::kHttp), 1);
  EXPECT_EQ(detect_protocol("GET / HTTP/1.1", EchoKind::kLines), 'l');
}

TEST(EchoLines, AnswersEachLine) {
  FakeTransport transport;
  auto lines = make_echo_lines(transport, transport.app.identity());
  lines->receive("one\ntw");
  EXPECT_EQ(transport.written, "reviews/v2 one\n");
  lines->receive("o\r\n");
  EXPECT_EQ(transport.written, "reviews/v2 one\nreviews/v2 two\r\n");
}

TEST(EchoHttp1, BytewiseAndPipelined) {
  FakeTransport transport;
  auto http = make_echo_http1(transport);
  const std::string two = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: h\r\n\r\n";
  for (char c : two) http->receive(std::string_view(&c, 1));
  EXPECT_THAT(transport.written, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(transport.written, HasSubstr("\"path\":\"/a\""));
  EXPECT_THAT(transport.written, HasSubstr("\"bodyBytes\":3"));
  EXPECT_THAT(transport.written, HasSubstr("\"path\":\"/b\""));
  EXPECT_FALSE(transport.closed);
}

TEST(EchoHttp1, OneAtATimeWhileAnAnswerWaits) {
  FakeTransport transport;
  transport.hold = true;
  auto http = make_echo_http1(transport);
  http->receive("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_EQ(transport.waiting.size(), 1u);
  transport.waiting[0].second({});
  ASSERT_EQ(transport.waiting.size(), 2u);
  EXPECT_EQ(transport.waiting[1].first.path, "/b");
}

TEST(EchoHttp1, ChunkedBodyAndContinue) {
  FakeTransport transport;
  auto http = make_echo_http1(transport);
  http->receive("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(transport.written, "HTTP/1.1 100 Continue\r\n\r\n");
  http->receive("4\r\nabcd\r\n0\r\n\r\n");
  EXPECT_THAT(transport.written, HasSubstr("\"bodyBytes\":4"));
}

TEST(EchoHttp1, HeadCloseResetAndJunk) {
  FakeTransport head;
  make_echo_http1(head)->receive("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(head.written.find("\"name\""), std::string::npos);
  EXPECT_TRUE(head.closed);
  FakeTransport reset;
  make_echo_http1(reset)->receive("GET / HTTP/1.1\r\nHost: h\r\nx-echo-reset: 1\r\n\r\n");
  EXPECT_TRUE(reset.reset);
  FakeTransport junk;
  make_echo_http1(junk)->receive("what\r\n\r\n");
  EXPECT_THAT(junk.written, HasSubstr("400"));
  EXPECT_TRUE(junk.closed);
}

TEST(EchoHttp1, WebsocketUpgradeIsEchoed) {
  FakeTransport transport;
  auto http = make_echo_http1(transport);
  http->receive("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  EXPECT_THAT(transport.written, HasSubstr("101 Switching Protocols"));
  transport.written.clear();
  http->receive("bytes");
  EXPECT_EQ(transport.written, "bytes");
}

}  // namespace
}  // namespace amime::local
