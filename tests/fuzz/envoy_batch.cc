#include "fuzz/envoy_batch.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "base/hash.h"
#include "envoy/config/bootstrap/v3/bootstrap.pb.h"
#include "fuzz/settle.h"

namespace amime::test {
namespace {

using envoy::config::bootstrap::v3::Bootstrap;
using envoy::config::cluster::v3::Cluster;
using envoy::config::listener::v3::Listener;

constexpr std::size_t kBatch = 200;

void make_certificates(const std::filesystem::path& folder) {
  const std::string command = fmt::format(
      "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=golden -keyout '{0}/key.pem' -out '{0}/cert.pem' 2>/dev/null",
      folder.string());
  if (system(command.c_str()) != 0) std::fprintf(stderr, "openssl made no certificate\n");
}

// Many listeners stand on one address in one bootstrap, each another mesh's: each gets a loopback address of its own. What is
// no address stays for Envoy to see.
void move_address(envoy::config::core::v3::Address& address, std::size_t number) {
  auto& socket = *address.mutable_socket_address();
  const std::string& text = socket.address();
  if (text.find_first_not_of("0123456789.") == std::string::npos)
    socket.set_address(fmt::format("127.{}.{}.{}", 1 + number / 65025, 1 + number / 255 % 255, 1 + number % 255));
  else if (text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos)
    socket.set_address(fmt::format("fd00::{:x}", 1 + number));
}

void add_listener(const Judged& judged, std::size_t number, Bootstrap& bootstrap) {
  Listener& listener = *bootstrap.mutable_static_resources()->add_listeners();
  listener.ParseFromString(judged.bytes);
  listener.set_name(fmt::format("{}#{}", listener.name(), number));
  if (listener.address().has_socket_address()) move_address(*listener.mutable_address(), number * 4);
  for (int i = 0; i < listener.additional_addresses_size(); ++i)
    if (listener.additional_addresses(i).address().has_socket_address())
      move_address(*listener.mutable_additional_addresses(i)->mutable_address(), number * 4 + 1 + static_cast<std::size_t>(i));
}

void add_cluster(const Judged& judged, std::size_t number, Bootstrap& bootstrap) {
  Cluster& cluster = *bootstrap.mutable_static_resources()->add_clusters();
  cluster.ParseFromString(judged.bytes);
  cluster.set_name(fmt::format("{}#{}", cluster.name(), number));
}

// The end of the last line: Envoy prints the whole message before it comes to the point.
std::string last_line(std::string said) {
  constexpr std::size_t kLongest = 400;
  said.erase(said.find_last_not_of("\n ") + 1);
  const auto start = said.rfind('\n');
  if (start != std::string::npos) said.erase(0, start + 1);
  return said.size() <= kLongest ? said : "..." + said.substr(said.size() - kLongest);
}

}  // namespace

EnvoyBatch::EnvoyBatch(std::string envoy, std::filesystem::path scratch) : envoy_(std::move(envoy)), scratch_(std::move(scratch)) {
  std::filesystem::create_directories(scratch_);
  if (!std::filesystem::exists(scratch_ / "cert.pem")) make_certificates(scratch_);
}

void EnvoyBatch::add(const translate::Catalog& catalog, const std::filesystem::path& input) {
  Bootstrap bootstrap;
  fill_bootstrap(catalog, bootstrap);
  settle_files(bootstrap, scratch_ / "cert.pem", scratch_ / "key.pem");
  const auto& statics = bootstrap.static_resources();
  std::set<std::string> clusters;
  const auto take = [&](Judged judged) {
    if (seen_.insert(base::hash64(judged.bytes)).second) judged_.push_back(std::move(judged));
  };
  for (const auto& cluster : statics.clusters()) {
    clusters.insert(cluster.name());
    take({cluster.name(), false, cluster.SerializeAsString(), {}, input});
  }
  for (const auto& listener : statics.listeners()) take({listener.name(), true, listener.SerializeAsString(), clusters, input});
}

std::string EnvoyBatch::ask(Iterator begin, Iterator end) {
  Bootstrap bootstrap;
  start_bootstrap("judge", bootstrap);
  std::set<std::string> named;
  for (auto at = begin; at != end; ++at) {
    const auto number = static_cast<std::size_t>(at - judged_.begin());
    at->listener ? add_listener(*at, number, bootstrap) : add_cluster(*at, number, bootstrap);
    named.insert(at->clusters.begin(), at->clusters.end());
  }
  for (const auto& name : named) {
    Cluster& cluster = *bootstrap.mutable_static_resources()->add_clusters();
    cluster.set_name(name);
    cluster.mutable_connect_timeout()->set_seconds(1);
  }
  const auto file = scratch_ / "bootstrap.pb";
  std::ofstream(file, std::ios::binary) << bootstrap.SerializeAsString();
  FILE* pipe = popen(fmt::format("'{}' --mode validate -l error -c '{}' 2>&1", envoy_, file.string()).c_str(), "r");
  std::string said;
  char buffer[4096];
  while (const std::size_t n = fread(buffer, 1, sizeof buffer, pipe)) said.append(buffer, n);
  ++runs_;
  return pclose(pipe) == 0 ? std::string() : last_line(said);
}

void EnvoyBatch::judge(Iterator begin, Iterator end, std::vector<Refused>& out) {
  if (begin == end) return;
  const std::string reason = ask(begin, end);
  if (reason.empty()) return;
  if (end - begin == 1) {
    std::printf("refused: %s of %s: %s\n", begin->name.c_str(), begin->input.c_str(), reason.c_str());
    std::fflush(stdout);
    out.push_back({*begin, reason});
    return;
  }
  const auto middle = begin + (end - begin) / 2;
  judge(begin, middle, out);
  judge(middle, end, out);
}

std::vector<Refused> EnvoyBatch::refused() {
  std::vector<Refused> out;
  for (std::size_t i = 0; i < judged_.size(); i += kBatch)
    judge(judged_.begin() + static_cast<std::ptrdiff_t>(i),
          judged_.begin() + static_cast<std::ptrdiff_t>(std::min(i + kBatch, judged_.size())), out);
  return out;
}

}  // namespace amime::test
