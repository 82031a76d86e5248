// GrpcStream: carries one Stream over one gRPC call. For grpc_server.cc only: the one header that includes gRPC.
// Lives until gRPC's OnDone; one read and one write are in flight.
#pragma once

#include <grpcpp/generic/async_generic_service.h>

#include <functional>
#include <memory>

#include "delivery/stream.h"

namespace amime::delivery {

class GrpcStream final : public grpc::ServerGenericBidiReactor, public Transport {
 public:
  using Make = std::function<std::shared_ptr<Stream>(Transport*)>;
  explicit GrpcStream(const Make& make);
  void start() { StartRead(&in_); }

  void write(Message message) override;
  void finish(const absl::Status& status) override;

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { stream_->on_closed(); }
  void OnDone() override { delete this; }

  std::shared_ptr<Stream> stream_;
  grpc::ByteBuffer in_, out_;
};

}  // namespace amime::delivery
