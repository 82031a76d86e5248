#include "agent/socket_server.h"

#include <fmt/format.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <deque>
#include <filesystem>
#include <set>
#include <thread>

#include "agent/grpc_bytes.h"

namespace amime::agent {
namespace {

class Call;

// Who is connected. On the loop.
struct Calls {
  Loop& loop;
  SocketServer::Open open;
  std::set<Call*> all;
};

// One stream. gRPC's reactions only post; what they post runs on the loop, where also all operations are started. Lives until OnDone.
class Call final : public grpc::ServerGenericBidiReactor, public Link {
 public:
  Call(Calls& calls, std::string method) : calls_(calls), method_(std::move(method)) {
    calls_.loop.post([this] { begin(); });
  }

  void send(std::string message) override {
    if (finished_) return;
    queue_.push_back(to_buffer(std::move(message)));
    write_next();
  }
  void close(const absl::Status& status) override {
    if (std::exchange(finished_, true)) return;
    queue_.clear();
    end_ = status;
    if (!writing_) Finish(to_grpc(end_));
  }

 private:
  void OnReadDone(bool ok) override {
    calls_.loop.post([this, ok] { read(ok); });
  }
  void OnWriteDone(bool) override {
    calls_.loop.post([this] {
      writing_ = false;
      if (finished_) return Finish(to_grpc(end_));
      write_next();
    });
  }
  void OnCancel() override {
    calls_.loop.post([this] { close(absl::CancelledError("the client is gone")); });
  }
  void OnDone() override {
    calls_.loop.post([this] {
      session_.reset();
      calls_.all.erase(this);
      delete this;
    });
  }

  void begin() {
    calls_.all.insert(this);
    if (finished_) return;
    session_ = calls_.open(method_, *this);
    if (!session_) return close(absl::UnimplementedError("not served by this agent"));
    StartRead(&in_);
  }
  void read(bool ok) {
    if (!ok || finished_) return close(absl::OkStatus());
    with_bytes(in_, [&](std::string_view bytes) { session_->on_message(bytes); });
    in_.Clear();
    if (!finished_) StartRead(&in_);
  }
  void write_next() {
    if (writing_ || finished_ || queue_.empty()) return;
    writing_ = true;
    out_ = std::move(queue_.front());
    queue_.pop_front();
    StartWrite(&out_);
  }

  Calls& calls_;
  const std::string method_;
  std::unique_ptr<Session> session_;
  std::deque<grpc::ByteBuffer> queue_;
  grpc::ByteBuffer in_, out_;
  bool writing_ = false;
  bool finished_ = false;  // nothing is begun any more; Finish waits for a write under way
  absl::Status end_;
};

class Service final : public grpc::CallbackGenericService {
 public:
  explicit Service(Calls& calls) : calls_(calls) {}
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return new Call(calls_, context->method());
  }

 private:
  Calls& calls_;
};

absl::Status make_place(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return absl::UnavailableError(fmt::format("{}: {}", path, error.message()));
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return absl::UnavailableError(fmt::format("{}: too long for a socket's path", path));
  unlink(path.c_str());
  return absl::OkStatus();
}

}  // namespace

class SocketServer::Impl {
 public:
  Impl(Loop& loop, Open open) : calls_{loop, std::move(open), {}}, service_(calls_) {}
  ~Impl() {
    if (!server_) return;
    for (Call* call : std::set<Call*>(calls_.all)) call->close(absl::UnavailableError("the agent ends"));
    // Shutdown waits for calls that wait for the loop.
    std::atomic<bool> down{false};
    std::thread shutdown([&] {
      server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(500));
      down = true;
      calls_.loop.post([] {});
    });
    calls_.loop.run_until([&] { return down && calls_.all.empty(); }, std::chrono::seconds(10));
    shutdown.join();
    server_.reset();
    for (const auto& path : paths_) unlink(path.c_str());
  }

  absl::Status start(const std::vector<std::string>& paths) {
    quiet_grpc();
    grpc::ServerBuilder builder;
    for (const auto& path : paths) {
      if (auto status = make_place(path); !status.ok()) return status;
      builder.AddListeningPort("unix:" + path, grpc::InsecureServerCredentials());
    }
    builder.RegisterCallbackGenericService(&service_);
    builder.SetMaxReceiveMessageSize(kLongestMessage);
    const mode_t before = umask(0177);
    server_ = builder.BuildAndStart();
    umask(before);
    if (!server_) return absl::UnavailableError(fmt::format("cannot listen at {}", fmt::join(paths, ", ")));
    paths_ = paths;
    return absl::OkStatus();
  }

 private:
  Calls calls_;
  Service service_;
  std::vector<std::string> paths_;
  std::unique_ptr<grpc::Server> server_;
};

SocketServer::SocketServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SocketServer::~SocketServer() = default;

absl::StatusOr<std::unique_ptr<SocketServer>> SocketServer::start(const std::vector<std::string>& paths, Loop& loop, Open open) {
  auto impl = std::make_unique<Impl>(loop, std::move(open));
  if (auto status = impl->start(paths); !status.ok()) return status;
  return std::unique_ptr<SocketServer>(new SocketServer(std::move(impl)));
}

bool is_alive_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool alive = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return alive;
}

}  // namespace amime::agent
