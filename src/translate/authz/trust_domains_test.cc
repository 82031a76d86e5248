#include "translate/authz/trust_domains.h"

#include <gtest/gtest.h>

namespace amime::translate {
namespace {

using Texts = std::vector<std::string>;
const TrustDomains kDomains{"new-td", "old-td"};

TEST(TrustDomains, AnOwnPrincipalIsOneOfAllItsDomains) {
  const Texts all{"new-td/ns/a/sa/b", "old-td/ns/a/sa/b"};
  EXPECT_EQ(with_aliases({"new-td/ns/a/sa/b"}, kDomains), all);
  EXPECT_EQ(with_aliases({"old-td/ns/a/sa/b"}, kDomains), all);
  EXPECT_EQ(with_aliases({"cluster.local/ns/a/sa/b"}, kDomains), all) << "whatever the own domain is called";
  EXPECT_EQ(with_aliases({"old-td/ns/a/sa/b", "new-td/ns/a/sa/b"}, kDomains), all) << "once each";
}

TEST(TrustDomains, WhatIsForeignOrNamesNoDomainStays) {
  EXPECT_EQ(with_aliases({"foreign/ns/a/sa/b"}, kDomains), Texts{"foreign/ns/a/sa/b"});
  EXPECT_EQ(with_aliases({"*/ns/a/sa/b", "*", "sa/b"}, kDomains), (Texts{"*/ns/a/sa/b", "*", "sa/b"}));
}

TEST(TrustDomains, ASuffixThatMeansSomeOfThem) {
  EXPECT_EQ(with_aliases({"*-td/ns/a/sa/b"}, kDomains), Texts{"*-td/ns/a/sa/b"});
  EXPECT_EQ(with_aliases({"*old-td/ns/a/sa/b"}, kDomains), (Texts{"new-td/ns/a/sa/b", "*old-td/ns/a/sa/b"}));
}

TEST(TrustDomains, DomainsAlone) {
  EXPECT_EQ(with_alias_domains({"old-td", "foreign", "new-*"}, kDomains), (Texts{"new-td", "old-td", "foreign", "new-*"}));
}

}  // namespace
}  // namespace amime::translate
