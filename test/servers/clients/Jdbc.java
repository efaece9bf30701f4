import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * What an application of Spring does, through the JDBC driver: connects by SPRING_DATASOURCE_URL or DATABASE_URL, as several clients whose
 * transactions overlap, and prepares the same statements more often than the driver needs to prepare them in the server.
 *
 * Argument: parameters that are appended to the URL, or nothing.
 */
public class Jdbc {
  private static final int CLIENTS = 3;
  private static final int ROUNDS = 12;

  public static void main(String[] args) throws Exception {
    String whole = System.getenv("DATABASE_URL");
    String url = whole == null ? System.getenv("SPRING_DATASOURCE_URL") : whole;
    String more = args.length == 0 ? "" : (url.contains("?") ? "&" : "?") + args[0];
    List<Connection> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++)
      clients.add(
          DriverManager.getConnection(
              url + more,
              System.getenv("SPRING_DATASOURCE_USERNAME"),
              System.getenv("SPRING_DATASOURCE_PASSWORD")));
    int right = 0;
    String failure = "";
    try {
      for (int round = 0; round < ROUNDS; round++) {
        // All have a connection of the database at one time, in another order each time.
        for (int i = 0; i < CLIENTS; i++) {
          int index = (i + round) % CLIENTS;
          clients.get(index).setAutoCommit(false);
          // Each has its own statement, which the driver gives the same name.
          if (numberOf(clients.get(index), "SELECT ?::int + " + index, round) == round + index) right++;
        }
        for (Connection client : clients) client.commit();
      }
    } catch (SQLException error) {
      failure = error.getMessage().replaceAll("[\"\\n]", "'");
    }
    for (Connection client : clients) client.rollback();
    Connection first = clients.get(0);
    first.setAutoCommit(true);
    System.out.printf(
        "{\"right\": %d, \"failure\": \"%s\", \"user\": \"%s\", \"path\": \"%s\", \"encrypted\": \"%s\"}%n",
        right,
        failure,
        textOf(first, "SELECT current_user"),
        textOf(first, "SELECT current_schemas(false)::text"),
        textOf(first, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"));
    for (Connection client : clients) client.close();
  }

  private static int numberOf(Connection client, String sql, int argument) throws SQLException {
    try (PreparedStatement statement = client.prepareStatement(sql)) {
      statement.setInt(1, argument);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getInt(1);
      }
    }
  }

  private static String textOf(Connection client, String sql) throws SQLException {
    try (Statement statement = client.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
