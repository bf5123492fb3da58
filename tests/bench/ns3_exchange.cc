/*
 * The exchange workload in ns-3, as a yardstick for bench_exchange.c: stubs in groups of
 * a hundred around core routers, ten servers connected to every core, links of 1 Gbit/s
 * and 5 to 25 ms; a question of 40 octets to a server drawn at random after exponential
 * gaps of one second on average, an answer of 100 octets. There is no DNS in it: octets
 * are copied and a flag is looked at. Routing is a hash table, so that ns-3 does not pay
 * for linear searches. Prints "STUBS PAIRS_PER_SECOND".
 *
 * usage: ns3_exchange STUBS PAIRS
 */
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <unordered_map>
#include <vector>

#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

namespace
{

constexpr unsigned serverCount = 10;
constexpr unsigned stubsPerCore = 100;
constexpr uint16_t dnsPort = 53;
constexpr unsigned questionSize = 40, answerSize = 100;
constexpr uint32_t coreMask = 0xffffc000; /* the network of one core's stubs */

std::mt19937_64 luck(1);
uint64_t answered;

/* Exact destination (masked), or the default route. */
class HashRouting : public ns3::Ipv4RoutingProtocol
{
  public:
    static ns3::TypeId GetTypeId()
    {
        static ns3::TypeId id =
            ns3::TypeId("HashRouting").SetParent<ns3::Ipv4RoutingProtocol>().AddConstructor<HashRouting>();
        return id;
    }

    void AddRoute(ns3::Ipv4Address destination, uint32_t interface, ns3::Ipv4Address gateway)
    {
        m_routes[destination.Get()] = MakeRoute(destination, interface, gateway);
    }

    void SetDefault(uint32_t interface, ns3::Ipv4Address gateway)
    {
        m_default = MakeRoute(ns3::Ipv4Address(0u), interface, gateway);
    }

    void SetMask(uint32_t mask)
    {
        m_mask = mask;
    }

    ns3::Ptr<ns3::Ipv4Route> RouteOutput(ns3::Ptr<ns3::Packet>, const ns3::Ipv4Header &header,
                                         ns3::Ptr<ns3::NetDevice>,
                                         ns3::Socket::SocketErrno &error) override
    {
        error = ns3::Socket::ERROR_NOTERROR;
        return Find(header.GetDestination());
    }

    bool RouteInput(ns3::Ptr<const ns3::Packet> packet, const ns3::Ipv4Header &header,
                    ns3::Ptr<const ns3::NetDevice> device, UnicastForwardCallback forward,
                    MulticastForwardCallback, LocalDeliverCallback deliver, ErrorCallback) override
    {
        uint32_t interface = m_ipv4->GetInterfaceForDevice(device);
        if (m_ipv4->GetAddress(interface, 0).GetLocal() == header.GetDestination())
        {
            deliver(packet, header, interface);
            return true;
        }
        ns3::Ptr<ns3::Ipv4Route> route = Find(header.GetDestination());
        if (route)
            forward(route, packet, header);
        return route != nullptr;
    }

    void NotifyInterfaceUp(uint32_t) override {}
    void NotifyInterfaceDown(uint32_t) override {}
    void NotifyAddAddress(uint32_t, ns3::Ipv4InterfaceAddress) override {}
    void NotifyRemoveAddress(uint32_t, ns3::Ipv4InterfaceAddress) override {}
    void PrintRoutingTable(ns3::Ptr<ns3::OutputStreamWrapper>, ns3::Time::Unit) const override {}

    void SetIpv4(ns3::Ptr<ns3::Ipv4> ipv4) override
    {
        m_ipv4 = ipv4;
    }

  private:
    ns3::Ptr<ns3::Ipv4Route> MakeRoute(ns3::Ipv4Address destination, uint32_t interface,
                                       ns3::Ipv4Address gateway)
    {
        auto route = ns3::Create<ns3::Ipv4Route>();
        route->SetDestination(destination);
        route->SetGateway(gateway);
        route->SetSource(m_ipv4->GetAddress(interface, 0).GetLocal());
        route->SetOutputDevice(m_ipv4->GetNetDevice(interface));
        return route;
    }

    ns3::Ptr<ns3::Ipv4Route> Find(ns3::Ipv4Address destination)
    {
        auto found = m_routes.find(destination.Get() & m_mask);
        return found == m_routes.end() ? m_default : found->second;
    }

    ns3::Ptr<ns3::Ipv4> m_ipv4;
    std::unordered_map<uint32_t, ns3::Ptr<ns3::Ipv4Route>> m_routes;
    ns3::Ptr<ns3::Ipv4Route> m_default;
    uint32_t m_mask = 0xffffffff;
};

class HashRoutingHelper : public ns3::Ipv4RoutingHelper
{
  public:
    HashRoutingHelper *Copy() const override
    {
        return new HashRoutingHelper(*this);
    }

    ns3::Ptr<ns3::Ipv4RoutingProtocol> Create(ns3::Ptr<ns3::Node>) const override
    {
        return ns3::CreateObject<HashRouting>();
    }
};

HashRouting &RoutingOf(ns3::Ptr<ns3::Node> node)
{
    auto protocol = node->GetObject<ns3::Ipv4>()->GetRoutingProtocol();
    return *ns3::DynamicCast<HashRouting>(protocol);
}

class Server : public ns3::Application
{
    void StartApplication() override
    {
        m_socket = ns3::Socket::CreateSocket(GetNode(), ns3::UdpSocketFactory::GetTypeId());
        m_socket->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), dnsPort));
        m_socket->SetRecvCallback(ns3::MakeCallback(&Server::Receive, this));
    }

    void StopApplication() override {}

    void Receive(ns3::Ptr<ns3::Socket> socket)
    {
        ns3::Address from;
        while (auto packet = socket->RecvFrom(from))
        {
            uint8_t octets[answerSize] = {};
            packet->CopyData(octets, questionSize);
            octets[2] |= 0x80;
            socket->SendTo(ns3::Create<ns3::Packet>(octets, answerSize), 0, from);
        }
    }

    ns3::Ptr<ns3::Socket> m_socket;
};

class Stub : public ns3::Application
{
  public:
    const std::vector<ns3::Ipv4Address> *servers = nullptr;

  private:
    void StartApplication() override
    {
        m_socket = ns3::Socket::CreateSocket(GetNode(), ns3::UdpSocketFactory::GetTypeId());
        m_socket->Bind();
        m_socket->SetRecvCallback(ns3::MakeCallback(&Stub::Receive, this));
        Plan();
    }

    void StopApplication() override
    {
        ns3::Simulator::Cancel(m_next);
    }

    void Plan()
    {
        double gap = std::exponential_distribution<double>(1.0)(luck);
        m_next = ns3::Simulator::Schedule(ns3::Seconds(gap), &Stub::Ask, this);
    }

    void Ask()
    {
        uint8_t octets[questionSize] = {};
        octets[0] = static_cast<uint8_t>(++m_id >> 8);
        octets[1] = static_cast<uint8_t>(m_id);
        ns3::Ipv4Address server = (*servers)[luck() % servers->size()];
        m_socket->SendTo(ns3::Create<ns3::Packet>(octets, questionSize), 0,
                         ns3::InetSocketAddress(server, dnsPort));
        Plan();
    }

    void Receive(ns3::Ptr<ns3::Socket> socket)
    {
        ns3::Address from;
        while (auto packet = socket->RecvFrom(from))
        {
            uint8_t octets[4];
            packet->CopyData(octets, sizeof octets);
            answered += octets[2] >> 7;
        }
    }

    ns3::Ptr<ns3::Socket> m_socket;
    ns3::EventId m_next;
    uint16_t m_id = 0;
};

struct End
{
    ns3::Ptr<ns3::Node> node;
    uint32_t interface;
    ns3::Ipv4Address address;
};

/* A link of its own network of four addresses. */
std::pair<End, End> Connect(ns3::Ptr<ns3::Node> host, ns3::Ptr<ns3::Node> core, double delay,
                            uint32_t network)
{
    ns3::PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", ns3::StringValue("1Gbps"));
    link.SetChannelAttribute("Delay", ns3::TimeValue(ns3::Seconds(delay)));
    ns3::NetDeviceContainer devices = link.Install(host, core);
    End ends[2] = {{host, 0, ns3::Ipv4Address(network + 1)}, {core, 0, ns3::Ipv4Address(network + 2)}};
    for (unsigned i = 0; i < 2; i++)
    {
        auto ipv4 = ends[i].node->GetObject<ns3::Ipv4>();
        ends[i].interface = ipv4->AddInterface(devices.Get(i));
        ipv4->AddAddress(ends[i].interface,
                         ns3::Ipv4InterfaceAddress(ends[i].address, ns3::Ipv4Mask(0xfffffffc)));
        ipv4->SetUp(ends[i].interface);
    }
    RoutingOf(core).AddRoute(ends[0].address, ends[1].interface, ends[0].address);
    return {ends[0], ends[1]};
}

double WallSeconds()
{
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

} // namespace

int main(int argc, char **argv)
{
    unsigned stubCount = argc > 1 ? static_cast<unsigned>(atoi(argv[1])) : 100;
    double pairs = argc > 2 ? atof(argv[2]) : 100000;
    unsigned coreCount = (stubCount + stubsPerCore - 1) / stubsPerCore;
    std::uniform_real_distribution<double> delay(0.005, 0.025);

    ns3::NodeContainer stubs, servers, cores;
    stubs.Create(stubCount);
    servers.Create(serverCount);
    cores.Create(coreCount);
    ns3::InternetStackHelper internet;
    internet.SetIpv6StackInstall(false);
    internet.SetRoutingHelper(HashRoutingHelper());
    internet.InstallAll();

    std::vector<double> serverDelay(serverCount);
    for (double &d : serverDelay)
        d = delay(luck);
    std::vector<std::vector<ns3::Ipv4Address>> addresses(coreCount);
    for (unsigned c = 0; c < coreCount; c++)
        for (unsigned s = 0; s < serverCount; s++)
        {
            uint32_t network = 0xac100000 + (s * coreCount + c) * 4;
            auto ends = Connect(servers.Get(s), cores.Get(c), serverDelay[s], network);
            RoutingOf(servers.Get(s)).SetMask(coreMask);
            RoutingOf(servers.Get(s))
                .AddRoute(ns3::Ipv4Address(0x0a000000 + (c << 14)), ends.first.interface,
                          ends.second.address);
            addresses[c].push_back(ends.first.address);
        }
    double seconds = pairs / stubCount;
    for (unsigned i = 0; i < stubCount; i++)
    {
        unsigned c = i / stubsPerCore;
        auto ends = Connect(stubs.Get(i), cores.Get(c), delay(luck),
                            0x0a000000 + (c << 14) + (i % stubsPerCore) * 4);
        RoutingOf(stubs.Get(i)).SetDefault(ends.first.interface, ends.second.address);
        auto stub = ns3::CreateObject<Stub>();
        stub->servers = &addresses[c];
        stubs.Get(i)->AddApplication(stub);
        stub->SetStopTime(ns3::Seconds(seconds));
    }
    for (unsigned s = 0; s < serverCount; s++)
        servers.Get(s)->AddApplication(ns3::CreateObject<Server>());

    ns3::Simulator::Stop(ns3::Seconds(seconds + 1));
    double begin = WallSeconds();
    ns3::Simulator::Run();
    printf("%u %.0f\n", stubCount, static_cast<double>(answered) / (WallSeconds() - begin));
    fflush(stdout);
    std::_Exit(0); /* ns-3's own tear-down is not measured */
}
