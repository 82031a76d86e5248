// Fields: NameTable.table, NameInfo.ips, registry, shortname, namespace.
#include "agent/dns/name_index.h"

#include <absl/strings/ascii.h>
#include <arpa/inet.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <limits>

#include "nds/name_table.pb.h"

namespace amime::agent {
namespace {

using istio::networking::nds::v1::NameTable;

bool ends_with_domain(std::string_view name, std::string_view domain) {
  if (domain.empty() || name.size() <= domain.size()) return false;
  return name.substr(name.size() - domain.size()) == domain && name[name.size() - domain.size() - 1] == '.';
}

std::string plain_name(const std::string& name) {
  std::string out = absl::AsciiStrToLower(name);
  while (!out.empty() && out.back() == '.') out.pop_back();
  return out;
}

template <class Sorted>
const typename Sorted::value_type* find_named(const Sorted& sorted, std::string_view name) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), name, [](const auto& one, std::string_view n) { return one.name < n; });
  return at == sorted.end() || at->name != name ? nullptr : &*at;
}

}  // namespace

// Collects first and looks at names_ only when it grows no more.
class NameIndex::Builder {
 public:
  explicit Builder(NameIndex& out) : out_(out) {}

  void add(const std::string& host, const NameTable::NameInfo& info) {
    Pending pending;
    pending.host = plain_name(host);
    pending.v4 = static_cast<std::uint32_t>(out_.addresses_v4_.size());
    pending.v6 = static_cast<std::uint32_t>(out_.addresses_v6_.size());
    for (const auto& ip : info.ips()) add_address(ip);
    pending.v4_end = static_cast<std::uint32_t>(out_.addresses_v4_.size());
    pending.v6_end = static_cast<std::uint32_t>(out_.addresses_v6_.size());
    if (pending.host.empty() || (pending.v4 == pending.v4_end && pending.v6 == pending.v6_end)) return;
    if (info.registry() == "Kubernetes" && !info.shortname().empty() && ends_with_domain(pending.host, out_.context_.domain))
      pending.alias = absl::AsciiStrToLower(info.shortname() + "." + info.namespace_());
    pending_.push_back(std::move(pending));
  }

  void finish() {
    std::size_t bytes = 0;
    for (const auto& one : pending_) bytes += one.host.size() + one.alias.size();
    out_.names_.reserve(bytes);  // so that the views stay good
    std::sort(pending_.begin(), pending_.end(), [](const Pending& a, const Pending& b) { return a.host < b.host; });
    out_.hosts_.reserve(pending_.size());
    for (const auto& one : pending_) {
      out_.hosts_.push_back({keep(one.host), one.v4, one.v4_end, one.v6, one.v6_end});
      if (!one.alias.empty()) out_.aliases_.push_back({keep(one.alias), static_cast<std::uint32_t>(out_.hosts_.size() - 1)});
    }
    std::sort(out_.aliases_.begin(), out_.aliases_.end(), [](const Alias& a, const Alias& b) { return a.name < b.name; });
    out_.aliases_.shrink_to_fit();
    out_.addresses_v4_.shrink_to_fit();
    out_.addresses_v6_.shrink_to_fit();
  }

 private:
  struct Pending {
    std::string host, alias;
    std::uint32_t v4 = 0, v4_end = 0, v6 = 0, v6_end = 0;
  };

  void add_address(const std::string& ip) {
    char raw[16];
    if (inet_pton(AF_INET, ip.c_str(), raw) == 1)
      out_.addresses_v4_.append(raw, 4);
    else if (inet_pton(AF_INET6, ip.c_str(), raw) == 1)
      out_.addresses_v6_.append(raw, 16);
  }
  std::string_view keep(const std::string& name) {
    const std::size_t at = out_.names_.size();
    out_.names_ += name;
    return std::string_view(out_.names_).substr(at);
  }

  NameIndex& out_;
  std::vector<Pending> pending_;
};

absl::StatusOr<std::shared_ptr<const NameIndex>> NameIndex::make(std::string_view name_table, const NameContext& context) {
  NameTable table;
  if (name_table.size() > std::numeric_limits<int>::max() || !table.ParseFromArray(name_table.data(), static_cast<int>(name_table.size())))
    return absl::InvalidArgumentError("what came is no NameTable");
  auto out = std::make_shared<NameIndex>();
  out->context_ = context;
  out->bytes_ = std::string(name_table);
  Builder builder(*out);
  for (const auto& [host, info] : table.table()) builder.add(host, info);
  builder.finish();
  return std::shared_ptr<const NameIndex>(std::move(out));
}

const NameIndex::Host* NameIndex::exact(std::string_view name) const { return find_named(hosts_, name); }

const NameIndex::Host* NameIndex::alias(std::string_view name) const {
  const Alias* found = find_named(aliases_, name);
  return found ? &hosts_[found->host] : nullptr;
}

// name.namespace, name.namespace.svc, and name where it is of the proxy's own namespace.
const NameIndex::Host* NameIndex::short_form(std::string_view name) const {
  if (const Host* found = alias(name)) return found;
  const std::string_view kind = std::string_view(context_.domain).substr(0, context_.domain.find('.'));  // "svc"
  if (ends_with_domain(name, kind))
    if (const Host* found = alias(name.substr(0, name.size() - kind.size() - 1))) return found;
  return context_.ns.empty() ? nullptr : alias(std::string(name) + "." + context_.ns);
}

// The most specific one, of any number of labels.
const NameIndex::Host* NameIndex::wildcard(std::string_view name) const {
  for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1))
    if (const Host* found = exact("*" + std::string(name.substr(dot)))) return found;
  return nullptr;
}

std::string_view NameIndex::without_search(std::string_view name) const {
  if (!ends_with_domain(name, context_.search)) return {};
  const std::string_view rest = name.substr(0, name.size() - context_.search.size() - 1);
  return ends_with_domain(rest, context_.search) || rest == context_.search ? std::string_view() : rest;
}

// The first question of most resolvers is a whole name with the search domain behind it. Saying what it stands for saves them
// and the cluster's DNS all further ones.
NameIndex::Found NameIndex::look_up(std::string_view name) const {
  if (const Host* found = exact(name)) return {found, {}};
  if (const Host* found = short_form(name)) return {found, {}};
  const std::string_view rest = without_search(name);
  if (!rest.empty()) {
    const Host* found = exact(rest);
    if (!found) found = short_form(rest);
    if (!found) found = wildcard(rest);
    if (found) return {found, std::string(rest)};
  }
  return {wildcard(name), {}};
}

std::optional<DnsAnswer> NameIndex::find(std::string_view name, std::uint16_t type) const {
  if (name.empty() || (type != kDnsA && type != kDnsAaaa)) return std::nullopt;
  auto found = look_up(name);
  if (!found.host) return std::nullopt;
  const bool v4 = type == kDnsA;
  const std::string& addresses = v4 ? addresses_v4_ : addresses_v6_;
  const std::size_t width = v4 ? 4 : 16, end = v4 ? found.host->v4_end : found.host->v6_end;
  DnsAnswer out;
  for (std::size_t at = v4 ? found.host->v4 : found.host->v6; at < end; at += width) out.addresses.push_back(addresses.substr(at, width));
  if (!out.addresses.empty()) out.alias_of = std::move(found.target);
  return out;
}

std::string name_table_json(std::string_view name_table) {
  NameTable table;
  std::string out;
  if (!table.ParseFromArray(name_table.data(), static_cast<int>(name_table.size()))) return "{}";
  google::protobuf::util::JsonPrintOptions options;
  if (!google::protobuf::util::MessageToJsonString(table, &out, options).ok()) return "{}";
  return out;
}

}  // namespace amime::agent
