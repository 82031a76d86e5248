#include "translate/module_url.h"

#include <gtest/gtest.h>

namespace amime::translate {
namespace {

TEST(ModuleUrl, WithoutASchemeIsAnImage) {
  EXPECT_EQ(parse_module_url("registry.example/plugin:v1").scheme, "oci");
  EXPECT_EQ(parse_module_url("oci://registry.example/plugin:v1").scheme, "oci");
  EXPECT_FALSE(parse_module_url("registry.example/plugin:v1").by_http());
}

TEST(ModuleUrl, AFileIsAPath) { EXPECT_EQ(parse_module_url("file:///opt/a.wasm").path, "/opt/a.wasm"); }

TEST(ModuleUrl, HostAndPort) {
  const auto plain = parse_module_url("http://modules.example/a.wasm");
  EXPECT_EQ(plain.host, "modules.example");
  EXPECT_EQ(plain.port, 80u);
  EXPECT_FALSE(plain.tls());
  const auto secure = parse_module_url("https://me@modules.example:8443/a.wasm");
  EXPECT_EQ(secure.host, "modules.example");
  EXPECT_EQ(secure.port, 8443u);
  EXPECT_TRUE(secure.tls());
  EXPECT_EQ(parse_module_url("https://modules.example?x").port, 443u);
}

TEST(ModuleUrl, AddressesOfBothFamilies) {
  EXPECT_EQ(parse_module_url("http://10.0.0.1:81/a").host, "10.0.0.1");
  const auto v6 = parse_module_url("http://[fd00::1]:81/a");
  EXPECT_EQ(v6.host, "fd00::1");
  EXPECT_EQ(v6.port, 81u);
  EXPECT_EQ(parse_module_url("http://[fd00::1]/a").port, 80u);
}

TEST(ModuleUrl, WhatHasNoPlaceIsNotFetched) {
  for (const auto* url : {"http://", "http://host:0/a", "http://host:x/a", "http://host:70000/a", "https:///a"})
    EXPECT_FALSE(parse_module_url(url).by_http()) << url;
}

}  // namespace
}  // namespace amime::translate
