#include "local/up_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amime::local {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Workload workload(const std::string& name, bool gateway = false) {
  Workload out;
  out.ns = "default";
  out.name = name + "-0";
  out.owner = name;
  out.gateway = gateway;
  out.labels = {{"version", "v2"}};
  out.addresses = {"127.77.1.1", "127.77.2.1", "127.77.3.1"};
  if (gateway) out.ports = {{80, 8080, PortKind::kAny, "http"}, {443, 8443, PortKind::kAny, "https"}};
  return out;
}

TEST(UpReport, OneLineAWorkloadAndTheGatewaysUrls) {
  auto command = workload("web");
  command.command = "./serve --with a very long list of arguments that nobody wants to read";
  const auto text = ready_text(ready_report({workload("gw", true), workload("reviews"), command}, {80, 9080}, 1234));
  EXPECT_THAT(text, HasSubstr("default/reviews-0  echo reviews v2"));
  EXPECT_THAT(text, HasSubstr("http://127.77.2.1:15080\n"));
  EXPECT_THAT(text, HasSubstr("./serve --with a very long list of ar...  127.77.1.1"));
  EXPECT_THAT(text, HasSubstr("default/gw-0       http://127.77.1.1:8080  https://127.77.1.1:8443\n"));
  EXPECT_THAT(text, HasSubstr("own address: 80 is 10080\n"));
  EXPECT_THAT(text, HasSubstr("http://127.0.0.1:1234/debug/syncz"));
}

TEST(UpReport, ReadyWhenEveryProxyHasAcknowledged) {
  std::vector<std::string> refused;
  const std::vector<Workload> all = {workload("a"), workload("b")};
  EXPECT_THAT(not_in_sync(all, {}, &refused), ElementsAre("default/a-0", "default/b-0"));
  EXPECT_THAT(not_in_sync(all, {{"a-0.default", true, ""}, {"b-0.default", false, ""}}, &refused), ElementsAre("default/b-0"));
  EXPECT_THAT(refused, IsEmpty());
  EXPECT_THAT(not_in_sync(all, {{"a-0.default", true, ""}, {"b-0.default", false, "cannot bind"}}, &refused), IsEmpty());
  EXPECT_THAT(refused, ElementsAre(HasSubstr("default/b-0 refuses a part of its configuration: cannot bind")));
  // After a reconnect the newest stream counts.
  EXPECT_THAT(not_in_sync({workload("a")}, {{"a-0.default", true, ""}, {"a-0.default", false, ""}}, &refused), ElementsAre("default/a-0"));
}

}  // namespace
}  // namespace amime::local
