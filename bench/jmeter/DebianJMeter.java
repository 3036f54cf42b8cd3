import com.thoughtworks.xstream.XStream;
import java.io.File;
import java.lang.reflect.Field;
import org.apache.jmeter.JMeter;
import org.apache.jmeter.save.SaveService;
import org.apache.jmeter.util.JMeterUtils;

/**
 * JMeter 2.13 as Debian 12 ships it cannot read any test plan: the XStream beside it has since learned to refuse classes
 * that nobody has allowed. This allows JMeter's own, and then starts JMeter with the same arguments:
 *
 *   java -cp "/usr/share/jmeter/bin/*:/usr/share/jmeter/lib/*:/usr/share/jmeter/lib/ext/*" bench/jmeter/DebianJMeter.java -n -t bench/jmeter/on-sale.jmx …
 */
class DebianJMeter {
    private static final String HOME = "/usr/share/jmeter";

    public static void main(String[] arguments) throws ReflectiveOperationException {
        System.setProperty("jmeter.home", HOME);
        JMeterUtils.setJMeterHome(HOME);
        JMeterUtils.loadJMeterProperties(HOME + "/bin/jmeter.properties");
        // Where JMeter looks for its functions and samplers.
        System.setProperty("java.class.path", String.join(File.pathSeparator, extensions()));
        for (String saver : new String[] {"JMXSAVER", "JTLSAVER"}) {
            Field field = SaveService.class.getDeclaredField(saver);
            field.setAccessible(true);
            ((XStream) field.get(null)).allowTypesByWildcard(new String[] {"org.apache.jmeter.**", "org.apache.jorphan.**"});
        }
        new JMeter().start(arguments);
    }

    private static String[] extensions() {
        File[] jars = new File(HOME + "/lib/ext").listFiles((folder, name) -> name.endsWith(".jar"));
        String[] paths = new String[jars.length];
        for (int i = 0; i < jars.length; i++) paths[i] = jars[i].getPath();
        return paths;
    }
}
