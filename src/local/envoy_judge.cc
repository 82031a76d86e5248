#include "local/envoy_judge.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/log.h"
#include "base/process.h"
#include "envoy/config/bootstrap/v3/bootstrap.pb.h"
#include "envoy/extensions/filters/http/router/v3/router.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "mesh/envoy_json.h"

namespace amime::local {
namespace {

using envoy::config::bootstrap::v3::Bootstrap;
using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using translate::Resource;
using translate::Type;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{10};

template <class Message>
Message parse(const Resource& resource) {
  Message message;
  message.ParseFromString(std::string(resource.message()));
  return message;
}

// What resources mean by "ads".
void add_ads(Bootstrap& bootstrap) {
  auto& cluster = *bootstrap.mutable_static_resources()->add_clusters();
  cluster.set_name("xds-grpc");
  cluster.mutable_connect_timeout()->set_seconds(1);
  auto& ads = *bootstrap.mutable_dynamic_resources()->mutable_ads_config();
  ads.set_api_type(envoy::config::core::v3::ApiConfigSource::GRPC);
  ads.set_transport_api_version(envoy::config::core::v3::V3);
  ads.add_grpc_services()->mutable_envoy_grpc()->set_cluster_name("xds-grpc");
}

void add_table(Bootstrap& bootstrap, envoy::config::route::v3::RouteConfiguration table) {
  table.mutable_validate_clusters()->set_value(false);  // they are not here
  table.clear_vhds();
  HttpConnectionManager manager;
  manager.set_stat_prefix("judge");
  *manager.mutable_route_config() = std::move(table);
  auto& router = *manager.add_http_filters();
  router.set_name("router");
  router.mutable_typed_config()->PackFrom(envoy::extensions::filters::http::router::v3::Router());
  auto& listener = *bootstrap.mutable_static_resources()->add_listeners();
  listener.set_name("judge");
  auto& address = *listener.mutable_address()->mutable_socket_address();
  address.set_address("127.0.0.1");
  address.set_port_value(0);
  auto& filter = *listener.add_filter_chains()->add_filters();
  filter.set_name("manager");
  filter.mutable_typed_config()->PackFrom(manager);
}

void add_endpoints(Bootstrap& bootstrap, const Resource& resource) {
  auto& cluster = *bootstrap.mutable_static_resources()->add_clusters();
  cluster.set_name(resource.name);
  cluster.mutable_connect_timeout()->set_seconds(1);
  *cluster.mutable_load_assignment() = parse<envoy::config::endpoint::v3::ClusterLoadAssignment>(resource);
}

// Filters that ask a cluster are refused without one of that name.
void add_named_clusters(const Resource& listener, envoy::config::bootstrap::v3::Bootstrap::StaticResources& statics) {
  for (const auto& name : listener.refs) {
    auto& cluster = *statics.add_clusters();
    cluster.set_name(name);
    cluster.mutable_connect_timeout()->set_seconds(1);
  }
}

// A file that nobody else can read, gone with this.
class Scratch {
 public:
  explicit Scratch(const std::string& content) {
    const int fd = mkostemps(path_.data(), 5, O_CLOEXEC);
    if (fd < 0) return;
    good_ = write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
    close(fd);
  }
  ~Scratch() { unlink(path_.c_str()); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  bool good() const { return good_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "amime-judge-XXXXXX.json").string();
  bool good_ = false;
};

bool ends_in_time(base::Process& process) {
  const auto end = Clock::now() + kPatience;
  while (!process.ended()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    pollfd output{process.output_fd(), POLLIN, 0};  // wakes when it writes, and when it ends
    poll(&output, process.output_fd() < 0 ? 0 : 1, static_cast<int>(process.output_fd() < 0 ? std::min<long>(left, 10) : left));
    process.read_output();
  }
  return true;
}

std::optional<bool> takes(const std::string& binary, const Resource& resource) {
  const std::string bootstrap = judge_bootstrap(resource);
  if (bootstrap.empty()) return std::nullopt;
  const Scratch file(bootstrap);
  if (!file.good()) return std::nullopt;
  auto process = base::Process::start({.argv = {binary, "--mode", "validate", "-l", "error", "-c", file.path()}});
  if (!process.ok()) {
    base::log_warn("judge", "{}: {}", binary, std::string(process.status().message()));
    return std::nullopt;
  }
  if (!ends_in_time(**process) || !WIFEXITED((*process)->status())) return std::nullopt;
  const bool taken = WEXITSTATUS((*process)->status()) == 0;
  if (!taken) base::log_debug("judge", "{}: {}", resource.name, (*process)->tail());
  return taken;
}

}  // namespace

std::string judge_bootstrap(const Resource& resource) {
  Bootstrap bootstrap;
  bootstrap.mutable_node()->set_id("judge");
  bootstrap.mutable_node()->set_cluster("judge");
  add_ads(bootstrap);
  auto& statics = *bootstrap.mutable_static_resources();
  switch (resource.type) {
    case Type::kCluster: *statics.add_clusters() = parse<envoy::config::cluster::v3::Cluster>(resource); break;
    case Type::kListener:
      *statics.add_listeners() = parse<envoy::config::listener::v3::Listener>(resource);
      add_named_clusters(resource, statics);
      break;
    case Type::kRoute: add_table(bootstrap, parse<envoy::config::route::v3::RouteConfiguration>(resource)); break;
    case Type::kEndpoint: add_endpoints(bootstrap, resource); break;
    case Type::kVirtualHost: {
      envoy::config::route::v3::RouteConfiguration table;
      table.set_name("judge");
      *table.add_virtual_hosts() = parse<envoy::config::route::v3::VirtualHost>(resource);
      add_table(bootstrap, std::move(table));
      break;
    }
    case Type::kExtension:  // may load files that are beside the proxy only
    case Type::kSecret:
    case Type::kNameTable: return "";
  }
  return mesh::write_envoy(bootstrap);
}

EnvoyJudge envoy_judge(std::string binary) {
  return [binary = std::move(binary)](const Resource& resource) { return takes(binary, resource); };
}

}  // namespace amime::local
