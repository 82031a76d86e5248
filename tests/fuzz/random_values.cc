#include "fuzz/random_values.h"

#include <algorithm>

namespace amime::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Texts = std::vector<std::string>;

const Texts kHosts = {"*",
                      "*.com",
                      "a.example.com",
                      "*.example.com",
                      "web",
                      "web.default.svc.cluster.local",
                      "web.other",
                      "*.local",
                      "./*",
                      "*/*",
                      "~/*",
                      "default/web",
                      "other/*",
                      "10.1.2.3",
                      "2001:db8::1",
                      "A.Example.Com",
                      "a.example.com.",
                      "-",
                      ".",
                      "a..b",
                      "*a.com",
                      "web:80"};
const Texts kRegexes = {"",     ".*",    "a+",       "[a-z]{2,}", "(a|b)*",      "^x$", "(",  "a{1001}",
                        "\\d+", "(?i)x", "(?P<n>x)", "\\C",       "[[:alpha:]]", "*",   "\\1"};
const Texts kAddresses = {"10.0.0.1",      "10.0.0.0/8",    "0.0.0.0/0",       "0.0.0.0",        "::",
                          "::1",           "2001:db8::/32", "10.0.0.1/33",     "256.1.1.1",      "10.0.0",
                          "unix:///run/x", "unix://@x",     "::ffff:10.0.0.1", "fe80::1%eth0",   "host.example",
                          "10.0.0.5/8",    "127.0.0.1",     "240.240.0.1",     "169.254.169.254"};
const Texts kHeaders = {"x-user", ":authority", ":path", ":method", ":scheme",          "host", "Host", "cookie", "X-Upper",
                        "x y",    "",           "x\n",   "%",       "x-envoy-retry-on", "te"};
const Texts kHeaderValues = {"",
                             "a",
                             "%REQ(x)%",
                             "%DOWNSTREAM_REMOTE_ADDRESS%",
                             "100%",
                             "%%",
                             "%FOO%",
                             "%REQ(%",
                             "%PROTOCOL",
                             "a\r\nb",
                             "%DYNAMIC_METADATA([\"a\"])%",
                             "%START_TIME(%s)%",
                             "%REQ(:path):3%",
                             "\xc3\xa9"};
const Texts kPaths = {"", "/", "/a", "/a/", "a", "/a?b", "/a#b", "//", "/%41", "/a b", "/\xc3\xa9", "/*", "/a/{b}", "/a/*/b", "/**"};
const Texts kDurations = {"0s",  "1ms",           "1s",          "1.5s",     "0.0005s", "-1s", "1h",       "24h", "10m0.1s",
                          "1ns", "315576000000s", "9223372036s", "9000000h", "",        "5",   "1000000us"};
const Texts kProtocols = {"HTTP", "HTTPS", "TCP",        "TLS",      "GRPC",  "HTTP2", "MONGO", "MYSQL",
                          "UDP",  "http",  "HTTP_PROXY", "GRPC-WEB", "REDIS", "",      "SCTP"};
const Texts kStatuses = {
    "5xx", "gateway-error", "reset,connect-failure", "retriable-status-codes,503", "503", "200", "", "unavailable", "5xx,,", "99", "x-y"};
const Texts kTexts = {"",
                      "a",
                      "v1",
                      "default",
                      "istio-system",
                      "*",
                      "~",
                      ".",
                      "mesh",
                      "x/y",
                      "a b",
                      "a|b",
                      "outbound|80||web.default.svc.cluster.local",
                      "\xe2\x82\xac",
                      "UPPER",
                      "-a",
                      "80",
                      "true",
                      "null",
                      "{",
                      "%",
                      "a,b",
                      "a:b",
                      "http://a.example/x",
                      "file:///a",
                      "localhost:80",
                      "[::1]:80",
                      "TLSv1_2",
                      "oci://a/b:c",
                      "kubernetes://web",
                      "/etc/golden/cert.pem",
                      std::string(300, 'a'),
                      std::string("a\0b", 3)};

struct Table {
  std::string_view part;  // of the field's name
  const Texts* texts;
};
// The first that fits.
const Table kTables[] = {
    {"regex", &kRegexes},     {"Regex", &kRegexes},     {"retryOn", &kStatuses},   {"host", &kHosts},          {"Host", &kHosts},
    {"sni", &kHosts},         {"domain", &kHosts},      {"authority", &kHosts},    {"service", &kHosts},       {"subjectAltNames", &kHosts},
    {"ddress", &kAddresses},  {"ubnet", &kAddresses},   {"lock", &kAddresses},     {"cidr", &kAddresses},      {"bind", &kAddresses},
    {"ndpoint", &kAddresses}, {"rotocol", &kProtocols}, {"eader", &kHeaders},      {"remove", &kHeaders},      {"cookie", &kHeaders},
    {"path", &kPaths},        {"uri", &kPaths},         {"prefix", &kPaths},       {"exact", &kPaths},         {"ethod", &kTexts},
    {"set", &kHeaderValues},  {"add", &kHeaderValues},  {"value", &kHeaderValues}, {"string", &kHeaderValues}, {"ort", &kProtocols}};

constexpr std::size_t kDeepestList = 3;

}  // namespace

void RandomValues::learn(const Json& value, const std::string& key) {
  if (value.is_string()) {
    learned_[key].push_back(value.get<std::string>());
    learned_[""].push_back(value.get<std::string>());
  }
  if (value.is_object())
    for (auto at = value.begin(); at != value.end(); ++at) learn(at.value(), at.key());
  if (value.is_array())
    for (const auto& item : value) learn(item, key);
}

std::string RandomValues::text(std::string_view key) {
  const auto same_key = learned_.find(std::string(key));
  if (same_key != learned_.end() && below(10) < 4) return from(same_key->second);
  if (const auto& all = learned_[""]; !all.empty() && below(10) < 2) return from(all);
  if (!chance(8))
    for (const auto& table : kTables)
      if (key.find(table.part) != std::string_view::npos) return from(*table.texts);
  return from(kTexts);
}

Json RandomValues::number() {
  static const std::int64_t kNumbers[] = {0,     1,    2,         3,          10,         80,         81,         99,
                                          100,   101,  200,       299,        443,        503,        599,        600,
                                          1000,  8080, 15001,     15006,      15021,      15090,      32768,      65535,
                                          65536, -1,   1'000'000, 2147483647, 2147483648, 4294967295, 4294967296, 9223372036854775807};
  return below(3) ? Json(kNumbers[below(21)]) : Json(kNumbers[below(std::size(kNumbers))]);
}

Json RandomValues::leaf_of(const Descriptor& type) {
  const std::string& name = type.name();
  if (name == "Duration") return from(kDurations);
  if (name == "Timestamp") return "2024-01-01T00:00:00Z";
  if (name == "Struct") return Json::object({{text("name"), text("value")}, {"a", Json::array({1, nullptr, "%REQ(x)%"})}});
  if (name == "Any" || name == "Empty" || type.field_count() == 0) return Json::object();
  if (name == "Value" || name == "ListValue") return text("value");
  return scalar_of(*type.field(0), 0);  // a wrapper
}

Json RandomValues::scalar_of(const FieldDescriptor& field, int depth) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL: return Json(chance(2));
    case FieldDescriptor::CPPTYPE_STRING: return Json(text(field.json_name()));
    case FieldDescriptor::CPPTYPE_ENUM:
      return Json(field.enum_type()->value(static_cast<int>(below(static_cast<std::size_t>(field.enum_type()->value_count()))))->name());
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      static const double kDoubles[] = {0, 1, 0.5, 50, 99.9, 100, 100.1, -1, 1e-7, 0.0001, 1e300, 0.00001};
      return Json(kDoubles[below(std::size(kDoubles))]);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return field.message_type()->file()->package() == "google.protobuf" ? leaf_of(*field.message_type())
                                                                          : message_of(*field.message_type(), depth - 1);
    default: return number();
  }
}

Json RandomValues::value_of(const FieldDescriptor& field, bool whole, int depth) {
  if (!whole || !field.is_repeated()) return scalar_of(field, depth);
  Json out = field.is_map() ? Json::object() : Json::array();
  for (std::size_t items = chance(10) ? 0 : 1 + below(kDeepestList); items > 0; --items) {
    if (field.is_map())
      out[text(field.json_name())] = scalar_of(*field.message_type()->map_value(), depth);
    else
      out.push_back(scalar_of(field, depth));
  }
  return out;
}

void RandomValues::add_field(Json& mapping, const Descriptor& type) {
  if (type.field_count() == 0) return;
  const FieldDescriptor& field = *type.field(static_cast<int>(below(static_cast<std::size_t>(type.field_count()))));
  if (const auto* oneof = field.real_containing_oneof(); oneof && !chance(20))
    for (int i = 0; i < oneof->field_count(); ++i) mapping.erase(oneof->field(i)->json_name());
  mapping[field.json_name()] = value_of(field, true);
}

Json RandomValues::message_of(const Descriptor& type, int depth) {
  Json out = Json::object();
  if (depth < 0) return out;
  const std::size_t fields = static_cast<std::size_t>(type.field_count());
  for (std::size_t i = 0; i < fields; ++i) {
    const FieldDescriptor& field = *type.field(static_cast<int>(i));
    if (below(std::max<std::size_t>(fields, 3)) >= 3) continue;  // three of them, about
    if (const auto* oneof = field.real_containing_oneof())
      for (int other = 0; other < oneof->field_count(); ++other) out.erase(oneof->field(other)->json_name());
    out[field.json_name()] = value_of(field, true, depth);
  }
  return out;
}

Json RandomValues::like(const Json& value, const std::string& key) {
  if (chance(12)) return chance(2) ? Json(text(key)) : number();
  if (value.is_string()) return text(key);
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number()) return number();
  if (value.is_array()) return Json::array();
  if (value.is_object()) return Json::object();
  return text(key);
}

}  // namespace amime::test
