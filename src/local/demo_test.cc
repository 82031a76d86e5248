#include "local/demo_traffic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/echo_server.h"

namespace amime::local {
namespace {

using testing::HasSubstr;

std::string page(const std::string& reviews, int status = 200) {
  return R"({"name":"productpage","version":"v1","calls":[{"url":"http://details/","status":200,"answer":{"name":"details","version":"v1"}},
            {"url":"http://reviews/","status":)" +
         std::to_string(status) + R"(,"answer":{"name":"reviews","version":")" + reviews + R"("}}]})";
}

TEST(Demo, JudgesAnAnswerDownItsCalls) {
  EXPECT_EQ(judge_answer({200, {}, page("v2")}).error, "");
  EXPECT_EQ(judge_answer({200, {}, page("v2")}).reviews, "v2");
  EXPECT_THAT(judge_answer({200, {}, page("v2", 503)}).error, HasSubstr("productpage got 503 from http://reviews/"));
  EXPECT_THAT(judge_answer({503, {}, ""}).error, HasSubstr("503"));
  EXPECT_NE(judge_answer({200, {}, "<html>"}).error, "");
  EXPECT_NE(judge_answer({200, {}, "{\"name\":\"productpage\"}"}).error, "");
}

// The sample's front page, without a mesh: calls reviews itself.
TEST(Demo, TrafficCountsWhoAnsweredAndWhoShouldNotHave) {
  EchoServer server(1);
  auto listen = [&](EchoIdentity identity) {
    auto port = server.listen("127.0.0.1:0", EchoKind::kHttp, std::make_shared<EchoApp>(std::move(identity)));
    return "127.0.0.1:" + std::to_string(*port);
  };
  const auto reviews = listen({.name = "reviews", .version = "v2"});
  DemoTraffic traffic(listen({.name = "productpage", .calls = {{"http://reviews/", reviews}}}), 1000);
  traffic.allow({"v2"});
  traffic.start();
  DemoTraffic::Tally sum;
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
       sum.by_version["v2"] < 20 && std::chrono::steady_clock::now() < end;)
    for (const auto& [version, count] : traffic.take().by_version) sum.by_version[version] += count;
  EXPECT_GE(sum.by_version["v2"], 20);
  long errors = 0;
  traffic.take(&errors);
  EXPECT_EQ(errors, 0);
  traffic.allow({"v1"});
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10); errors == 0 && std::chrono::steady_clock::now() < end;)
    if (auto tally = traffic.take(&errors); !tally.first_error.empty()) sum.first_error = tally.first_error;
  EXPECT_THAT(sum.first_error, HasSubstr("reviews v2 answered, which has no weight"));
}

}  // namespace
}  // namespace amime::local
