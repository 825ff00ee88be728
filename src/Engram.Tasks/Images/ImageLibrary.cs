using System.Reflection;
using System.Runtime.InteropServices;
using Engram.Numerics.Text;
using SkiaSharp;

namespace Engram.Tasks.Images;

/// <summary>Finds the library that decodes images where the program is a single file and has it inside.</summary>
/// <remarks>
/// A system loads libraries from files alone. So what is inside is written to a folder that nobody else can write to when the first image
/// is decoded, and deleted as soon as it is loaded, where the system allows that.
/// </remarks>
internal static class ImageLibrary
{
    private const string Name = "libSkiaSharp";
    private static readonly Lazy<nint> Inside = new(Load);

    // Registered once, whoever asks first.
    private static readonly bool IsRegistered = Register();

    /// <summary>Has the library looked for in the program too.</summary>
    public static void Find() => _ = IsRegistered;

    private static bool Register()
    {
        if (Source() is null)
        {
            return false;
        }

        try
        {
            NativeLibrary.SetDllImportResolver(typeof(SKCodec).Assembly, (name, _, _) => name == Name ? Inside.Value : 0);
            return true;
        }
        catch (InvalidOperationException)
        {
            // The program that Engram is part of looks for it in its own way.
            return false;
        }
    }

    private static string Resource => $"native/{Name}";

    private static Assembly? Source() =>
        Assembly.GetEntryAssembly() is { } program && program.GetManifestResourceInfo(Resource) is not null ? program : null;

    private static nint Load()
    {
        string folder;
        try
        {
            folder = Directory.CreateTempSubdirectory("engram-").FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException(
                $"Could not make a folder for the library that decodes images in '{Path.GetTempPath()}': {e.Message.TrimEnd('.')}. Make " +
                $"room, or set TMPDIR to a folder that can be written.", e);
        }

        try
        {
            string file = Path.Combine(folder, Name);
            using (Stream inside = Source()!.GetManifestResourceStream(Resource)!)
            using (FileStream written = File.Create(file))
            {
                inside.CopyTo(written);
            }

            return NativeLibrary.Load(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            throw new EngramException(
                $"Could not load the library that decodes images from '{folder}': {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}. Set " +
                $"TMPDIR to a folder that programs may be started from.", e);
        }
        finally
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Windows keeps the file of a library that is loaded.
            }
        }
    }
}
