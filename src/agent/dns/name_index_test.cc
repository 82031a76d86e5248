#include "agent/dns/name_index.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include "agent/dns/dns_testing.h"

namespace amime::agent {
namespace {

const NameContext kContext{.ns = "default", .search = "default.svc.cluster.local"};

std::shared_ptr<const NameIndex> index_of(const std::vector<std::pair<std::string, std::vector<std::string>>>& hosts) {
  auto made = NameIndex::make(test_name_table(hosts), kContext);
  EXPECT_TRUE(made.ok()) << made.status();
  return *made;
}

// "10.0.0.1", "NAME > 10.0.0.1" of an alias, "nothing" of a name without addresses of the family, "elsewhere".
std::string found(const NameIndex& index, std::string_view name, std::uint16_t type = kDnsA) {
  const auto answer = index.find(name, type);
  if (!answer) return "elsewhere";
  std::string out = answer->alias_of.empty() ? "" : answer->alias_of + " >";
  for (const auto& raw : answer->addresses) {
    char text[INET_ADDRSTRLEN] = {};
    inet_ntop(AF_INET, raw.data(), text, sizeof text);
    out += (out.empty() ? "" : " ") + std::string(text);
  }
  return out.empty() ? "nothing" : out;
}

TEST(NameIndexTest, KubernetesNamesHaveShorterForms) {
  const auto index = index_of({{"reviews.default.svc.cluster.local", {"10.0.0.1"}}, {"ratings.shop.svc.cluster.local", {"10.0.0.2"}}});
  for (const char* name : {"reviews.default.svc.cluster.local", "reviews.default.svc", "reviews.default", "reviews"})
    EXPECT_EQ(found(*index, name), "10.0.0.1") << name;
  for (const char* name : {"ratings.shop.svc.cluster.local", "ratings.shop.svc", "ratings.shop"})
    EXPECT_EQ(found(*index, name), "10.0.0.2") << name;
  EXPECT_EQ(found(*index, "ratings"), "elsewhere") << "of another namespace";
  EXPECT_EQ(found(*index, "reviews.default.svc.cluster"), "elsewhere");
  EXPECT_EQ(found(*index, "details.default.svc.cluster.local"), "elsewhere");
}

TEST(NameIndexTest, ExternalNamesHaveNone) {
  const auto index = index_of({{"db.example.com", {"10.0.0.3"}}});
  EXPECT_EQ(found(*index, "db.example.com"), "10.0.0.3");
  EXPECT_EQ(found(*index, "db"), "elsewhere");
  EXPECT_EQ(found(*index, "x.db.example.com"), "elsewhere");
}

TEST(NameIndexTest, TheSearchDomainBehindANameIsSeenThrough) {
  const auto index =
      index_of({{"reviews.default.svc.cluster.local", {"10.0.0.1"}}, {"db.example.com", {"10.0.0.3"}}, {"*.wild.com", {"10.0.0.4"}}});
  EXPECT_EQ(found(*index, "db.example.com.default.svc.cluster.local"), "db.example.com > 10.0.0.3");
  EXPECT_EQ(found(*index, "reviews.default.default.svc.cluster.local"), "reviews.default > 10.0.0.1");
  EXPECT_EQ(found(*index, "reviews.default.svc.default.svc.cluster.local"), "reviews.default.svc > 10.0.0.1");
  EXPECT_EQ(found(*index, "a.wild.com.default.svc.cluster.local"), "a.wild.com > 10.0.0.4");
  EXPECT_EQ(found(*index, "reviews.default.svc.cluster.local.default.svc.cluster.local"), "elsewhere");
  EXPECT_EQ(found(*index, "db.example.com.svc.cluster.local"), "elsewhere") << "only the first search domain";
}

TEST(NameIndexTest, WildcardsAnswerForWhatIsBelowTheMostSpecificFirst) {
  const auto index = index_of({{"*.example.com", {"10.0.0.1"}}, {"*.eu.example.com", {"10.0.0.2"}}, {"a.example.com", {"10.0.0.3"}}});
  EXPECT_EQ(found(*index, "a.example.com"), "10.0.0.3");
  EXPECT_EQ(found(*index, "b.example.com"), "10.0.0.1");
  EXPECT_EQ(found(*index, "c.b.example.com"), "10.0.0.1");
  EXPECT_EQ(found(*index, "b.eu.example.com"), "10.0.0.2");
  EXPECT_EQ(found(*index, "example.com"), "elsewhere");
}

TEST(NameIndexTest, AKnownNameWithoutAddressesOfTheFamilyIsKnown) {
  const auto index = index_of({{"four.com", {"10.0.0.1"}}, {"six.com", {"fd00::1"}}, {"none.com", {}}, {"bad.com", {"x"}}});
  EXPECT_EQ(found(*index, "four.com", kDnsAaaa), "nothing");
  EXPECT_EQ(found(*index, "six.com"), "nothing");
  ASSERT_EQ(index->find("six.com", kDnsAaaa)->addresses.size(), 1u);
  EXPECT_EQ(index->find("six.com", kDnsAaaa)->addresses[0].size(), 16u);
  EXPECT_EQ(found(*index, "none.com"), "elsewhere") << "left to the resolver behind";
  EXPECT_EQ(found(*index, "bad.com"), "elsewhere");
  EXPECT_EQ(found(*index, "four.com", 15), "elsewhere") << "MX";
}

TEST(NameIndexTest, PodsOfAHeadlessServiceHaveNamesOfSeveralLabels) {
  istio::networking::nds::v1::NameTable table;
  auto& pod = (*table.mutable_table())["db-0.db.default.svc.cluster.local"];
  pod.add_ips("10.0.0.9");
  pod.set_registry("Kubernetes");
  pod.set_shortname("db-0.db");
  pod.set_namespace_("default");
  const auto index = *NameIndex::make(table.SerializeAsString(), kContext);
  EXPECT_EQ(found(*index, "db-0.db"), "10.0.0.9");
  EXPECT_EQ(found(*index, "db-0.db.default"), "10.0.0.9");
}

TEST(NameIndexTest, NamesCompareWithoutCaseAndDot) {
  EXPECT_EQ(found(*index_of({{"DB.Example.com.", {"10.0.0.1"}}}), "db.example.com"), "10.0.0.1");
}

TEST(NameIndexTest, RefusesWhatIsNoTable) {
  EXPECT_TRUE(absl::IsInvalidArgument(NameIndex::make("\xff\xff\xff", kContext).status()));
  EXPECT_EQ(name_table_json("\xff"), "{}");
  EXPECT_THAT(name_table_json(test_name_table({{"a.com", {"10.0.0.1"}}})), testing::HasSubstr("10.0.0.1"));
}

TEST(NameIndexTest, TwentyThousandNamesAreSmall) {
  std::vector<std::pair<std::string, std::vector<std::string>>> hosts;
  for (int i = 0; i < 20'000; ++i) hosts.push_back({fmt::format("service-{}.team-{}.svc.cluster.local", i, i % 100), {"10.0.0.1"}});
  const std::string bytes = test_name_table(hosts);
  const auto before = mallinfo2().uordblks;
  const auto index = *NameIndex::make(bytes, kContext);
  const auto used = mallinfo2().uordblks - before;
  EXPECT_EQ(index->size(), 20'000u);
  RecordProperty("bytes", static_cast<int>(used));
#ifndef __SANITIZE_ADDRESS__
  EXPECT_LT(used, bytes.size() + 20'000u * 130);
#endif
  EXPECT_EQ(found(*index, "service-19999.team-99"), "10.0.0.1");
}

}  // namespace
}  // namespace amime::agent
