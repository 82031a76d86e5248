#include "local/port_owner.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace amime::local {
namespace {

using testing::HasSubstr;

TEST(PortOwner, NamesWhoListensAtEveryAddress) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(fd, 1), 0);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  const unsigned port = ntohs(address.sin_port);
  const auto status = check_free({{"127.99.1.1", port}});
  EXPECT_TRUE(absl::IsAlreadyExists(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("port " + std::to_string(port) + " is in use by local_test (pid " + std::to_string(getpid()) + ")"));
  close(fd);
  EXPECT_TRUE(check_free({{"127.99.1.1", port}}).ok());
  EXPECT_EQ(owner_of("127.99.1.1", port), "");
}

}  // namespace
}  // namespace amime::local
