package sample;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Orders of a shop: a sample of everyday Java. */
public class Orders<T extends Comparable<T>> implements AutoCloseable {
    private static final int LIMIT = 100;
    private final List<Order> orders = new ArrayList<>();

    enum State { OPEN, PAID("p"), SHIPPED; State(String... codes) {} }

    record Order(String id, int amount, State state) {
        Order {
            if (amount < 0) {
                throw new IllegalArgumentException("amount: " + amount);
            }
        }
    }

    interface Visitor {
        void visit(Order order) throws Exception;
    }

    @Override
    public void close() {
        orders.clear();
    }

    public int total() {
        int sum = 0;
        for (Order order : orders) {
            sum += order.amount();
        }
        return sum;
    }

    public Map<State, List<Order>> byState() {
        return orders.stream()
                .filter(order -> order.amount() > 0)
                .collect(Collectors.groupingBy(Order::state));
    }

    public synchronized void add(String id, int amount) {
        // Ids are unique: a second one with the same name is an error.
        for (int i = 0; i < orders.size(); i++) {
            if (orders.get(i).id().equals(id)) return;
        }
        if (orders.size() >= LIMIT) {
            throw new IllegalStateException("too many");
        } else if (amount == 0) {
            System.out.println("skipped \"" + id + "\"");
        } else {
            orders.add(new Order(id, amount, State.OPEN));
        }
    }

    static String describe(State state) {
        switch (state) {
            case OPEN:
                return "open";
            case PAID:
                return "paid";
            default:
                return state.name().toLowerCase();
        }
    }

    public static void main(String[] args) {
        try (Orders<String> orders = new Orders<>()) {
            orders.add("a", 3);
            char initial = 'x';
            long[] sizes = {1L, 2, 0x3F};
            while (sizes[0]-- > 0) {
                System.out.printf("%c %d%n", initial, orders.total());
            }
        } catch (RuntimeException | Error e) {
            e.printStackTrace();
        } finally {
            System.out.println("done");
        }
    }
}
