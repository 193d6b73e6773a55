import com.reprezen.kaizen.oasparser.OpenApi3Parser;
import com.reprezen.kaizen.oasparser.model3.OpenApi3;
import java.io.File;

/** Reads a definition as OGC's suite does; prints what is wrong with it, and how many paths it has. */
public class ReadDefinition {
    public static void main(String[] arguments) throws Exception {
        OpenApi3 model = (OpenApi3) new OpenApi3Parser().parse(new File(arguments[0]), true);
        model.getValidationItems()
                .forEach(item -> System.out.println(item.getSeverity() + ": " + item.getMsg()));
        System.out.println("paths: " + model.getPaths().size());
    }
}
