#include "local/dry_run.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/http_client.h"

namespace amime::local {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::chrono::seconds kRehearsalPatience{60};

std::string question(const DryRun& asked) {
  json out = {{"objects", asked.objects}, {"deleted", json::array()}, {"resources", asked.verbose}};
  for (const auto& key : asked.deleted)
    out["deleted"].push_back({{"kind", mesh::kind_name(key.kind)}, {"namespace", key.ns}, {"name", key.name}});
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::StatusOr<ordered_json> ask(const DryRun& asked) {
  base::HttpClient client(asked.monitoring_address, kRehearsalPatience);
  const auto answer = client.send({.method = "POST", .target = "/debug/rehearse", .body = question(asked)});
  if (!answer.ok())
    return absl::UnavailableError(
        fmt::format("no control plane answers at {}: {}", asked.monitoring_address, std::string(answer.status().message())));
  if (answer->status == 400) return absl::InvalidArgumentError(answer->body);
  ordered_json parsed = ordered_json::parse(answer->body, nullptr, false);
  if (answer->status != 200 || !parsed.is_object())
    return absl::UnavailableError(fmt::format("{} answered {}: {}", asked.monitoring_address, answer->status, answer->body));
  return parsed;
}

void print_types(const ordered_json& types) {
  if (types.empty()) return;
  fmt::print("\n{:<10}{:>7}{:>9}{:>9}\n", "RESOURCES", "ADDED", "CHANGED", "REMOVED");
  for (const auto& type : types)
    fmt::print("{:<10}{:>7}{:>9}{:>9}\n", type["type"].get<std::string>(), type["added"].get<std::size_t>(),
               type["changed"].get<std::size_t>(), type["removed"].get<std::size_t>());
}

void print_order(const ordered_json& order) {
  if (order.empty()) return;
  fmt::print("\nIn this order, any other would break requests:\n");
  for (const auto& step : order) fmt::print("  {}, then {}\n", step["first"].get<std::string>(), step["then"].get<std::string>());
}

void print_objects(const ordered_json& objects) {
  for (const auto& object : objects)
    fmt::print("{}: would be {}: {}\n", object["object"].get<std::string>(), object["state"].get<std::string>(),
               object["reason"].get<std::string>());
}

// A folder for the two sides of differences, gone with this.
class Sides {
 public:
  Sides() : path_((fs::temp_directory_path() / "amime-diff-XXXXXX").string()) { good_ = mkdtemp(path_.data()) != nullptr; }
  ~Sides() {
    std::error_code ignored;
    if (good_) fs::remove_all(path_, ignored);
  }
  Sides(const Sides&) = delete;
  Sides& operator=(const Sides&) = delete;

  // Files named after the resource, in which only letters that no shell minds are kept.
  void print(std::string name, const ordered_json& before, const ordered_json& after) const {
    if (!good_) return;
    for (char& c : name)
      if (!isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-') c = '_';
    write("before-" + name, before);
    write("after-" + name, after);
    const char* tool = getenv("KUBECTL_EXTERNAL_DIFF");
    fflush(stdout);
    // As kubectl: the tool's exit code only says whether there is a difference.
    if (system(fmt::format("cd '{}' && {} before-{} after-{}", path_, tool && *tool ? tool : "diff -u", name, name).c_str()) < 0)
      fmt::print(stderr, "no diff could be run\n");
  }

 private:
  void write(const std::string& name, const ordered_json& side) const {
    std::ofstream(path_ + "/" + name) << (side.is_null() ? "" : side.dump(2) + "\n");
  }
  std::string path_;
  bool good_ = false;
};

void print_differences(const ordered_json& answer) {
  if (!answer.contains("resources")) return;
  const Sides sides;
  for (const auto& resource : answer["resources"]) {
    const std::string name = resource["type"].get<std::string>() + "-" + resource["name"].get<std::string>();
    fmt::print("\n{} {}, {} proxies\n", resource["type"].get<std::string>(), resource["name"].get<std::string>(),
               resource["proxies"].get<std::size_t>());
    sides.print(name, resource["before"], resource["after"]);
  }
  if (const auto omitted = answer.value("omitted", std::size_t{0}); omitted > 0) fmt::print("\n... and {} more resources\n", omitted);
}

}  // namespace

absl::Status dry_run(const DryRun& asked) {
  const auto answer = ask(asked);
  if (!answer.ok()) return answer.status();
  print_objects((*answer)["objects"]);
  fmt::print("{} of {} proxies would be told {} bytes\n", (*answer)["touched"].get<std::size_t>(), (*answer)["proxies"].get<std::size_t>(),
             (*answer)["bytes"].get<std::size_t>());
  print_types((*answer)["types"]);
  print_order((*answer)["order"]);
  print_differences(*answer);
  return absl::OkStatus();
}

}  // namespace amime::local
