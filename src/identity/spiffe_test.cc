#include "identity/spiffe.h"

#include <gtest/gtest.h>

namespace amime::identity {
namespace {

TEST(Spiffe, NamesAreReadAsTheyAreWritten) {
  const Identity identity{"cluster.local", "shop", "cart"};
  EXPECT_EQ(spiffe_uri(identity), "spiffe://cluster.local/ns/shop/sa/cart");
  EXPECT_EQ(parse_spiffe("spiffe://cluster.local/ns/shop/sa/cart"), identity);
}

TEST(Spiffe, NothingElseIsAnIdentity) {
  for (const char* uri : {
           "",
           "spiffe://",
           "spiffe://td",
           "spiffe://td/ns/a",
           "spiffe://td/ns/a/sa",
           "spiffe://td/ns/a/sa/",
           "spiffe:///ns/a/sa/b",
           "spiffe://td/ns//sa/b",
           "spiffe://td/ns/a/sa/b/",
           "spiffe://td/ns/a/sa/b/c",
           "spiffe://td//ns/a/sa/b",
           "spiffe://td/sa/b/ns/a",
           "spiffe://TD/ns/a/sa/b",
           "spiffe://td/ns/../sa/b",
           "spiffe://td/ns/a/sa/b?x",
           "spiffe://td/ns/a%2f/sa/b",
           "http://td/ns/a/sa/b",
           "spiffe://td:80/ns/a/sa/b",
           "spiffe://user@td/ns/a/sa/b",
       })
    EXPECT_EQ(parse_spiffe(uri), std::nullopt) << uri;
  EXPECT_EQ(parse_spiffe("spiffe://" + std::string(300, 'a') + "/ns/a/sa/b"), std::nullopt);
}

TEST(Workload, IsReadAsItIsWritten) {
  EXPECT_EQ(parse_workload("shop/cart"), (Workload{"shop", "cart"}));
  EXPECT_EQ(to_string({"shop", "cart"}), "shop/cart");
  for (const char* text : {"", "shop", "/cart", "shop/", "a/b/c", "Shop/cart", "shop/../x"})
    EXPECT_EQ(parse_workload(text), std::nullopt) << text;
}

TEST(Spiffe, APartCannotSmuggleAnother) {
  EXPECT_FALSE(is_valid({"td", "a/sa/admin", "b"}));
  EXPECT_FALSE(is_valid({"td", "a", "b/ns/c"}));
  EXPECT_FALSE(is_valid({"", "a", "b"}));
  EXPECT_TRUE(is_valid({"my_domain.example", "a", "b.c-d"}));
}

}  // namespace
}  // namespace amime::identity
