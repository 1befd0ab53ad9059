import Deflate
import Testing
